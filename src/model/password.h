/*
 * model/password.h -- attributes that hold passwords, or what stands for one.
 *
 * Purpose:   the one list of what is never written by a rule, whatever the
 *            directory: refused where rules are read and again where an export
 *            would send it.
 * Touches:   base/.
 */
#ifndef MODEL_PASSWORD_H
#define MODEL_PASSWORD_H

#include "base/text.h"

/* Whether the attribute of that name holds one; options behind ";" are not
 * looked at. */
bool password_attribute(struct text name);

#endif /* MODEL_PASSWORD_H */
