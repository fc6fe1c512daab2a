/*
 * tenant/oauth_int.h -- the parts of the token endpoint.
 *
 * Purpose:   errors, fields of a form, tokens; users who sign in.
 * Touches:   tenant/oauth.h.
 * Ownership: all in the arena of the call.
 */
#ifndef TENANT_OAUTH_INT_H
#define TENANT_OAUTH_INT_H

#include "tenant/oauth.h"

#define OAUTH_GRAPH_URL "https://graph.microsoft.com"
#define OAUTH_GRAPH_ID  "00000003-0000-0000-c000-000000000000"
/* The synchronisation service, by the id of its application, and the audience
 * that its clients asked for before. */
#define OAUTH_SYNC_ID      "6bf85cfa-ac8a-4be5-b5de-425a0d0dc016"
#define OAUTH_SYNC_OLD_URL "https://graph.windows.net"
/* The service of the desktop sign-in, which clients ask a token for. */
#define OAUTH_REGISTER_URL "https://proxy.cloudwebappproxy.net/registerapp"

#define OAUTH_DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"
#define OAUTH_DEVICE_OLD   "device_code" /* before v2.0 */

void oauth_error(struct oauth_call *c, int status, const char *error,
    unsigned code, const char *text);
const char *oauth_code_text(unsigned code);
struct text oauth_field(const struct url *form, const char *name);
bool oauth_has_word(struct text all, const char *word);

/* What was asked for with a scope: who the token is for, and what beside. */
struct oauth_scope {
	const char *audience;
	bool refresh, id; /* offline_access, openid */
};
/* The scope of a form, or of the resource in it. */
struct text oauth_scope_text(struct oauth_call *c, const struct url *form);
/* False where it is none that this tenant has. */
bool oauth_scope_read(
    struct oauth_call *c, struct text scope, struct oauth_scope *out_s);

/* A registered application that asks. */
struct oauth_app {
	struct text id, roles, grants;
};

/* Writes the answer; user is NULL where the application signs in for itself. */
void oauth_token_write(struct oauth_call *c, const struct oauth_app *app,
    const struct oauth_scope *s, const struct dirobj *user);

/* oauth_user.c: grants "password" and "refresh_token". */
void oauth_password(
    struct oauth_call *c, const struct url *form, const struct oauth_app *app);
void oauth_refresh(
    struct oauth_call *c, const struct url *form, const struct oauth_app *app);
/* 0, or the code of the refusal; clear *o in either case. */
unsigned oauth_user_check(struct oauth_call *c, struct text name,
    struct text password, struct dirobj *o);

/* oauth_code.c */
void oauth_code_begin(struct oauth_call *c);
void oauth_code_token(
    struct oauth_call *c, const struct url *form, const struct oauth_app *app);

/* oauth_device.c */
void oauth_device_begin(struct oauth_call *c);
void oauth_device_token(
    struct oauth_call *c, const struct url *form, const struct oauth_app *app);
void oauth_device_page(struct oauth_call *c);

/* What a directory role may do, as permissions of an application. */
const char *oauth_role_permissions(struct text template);

/* The application of a form; false: it was refused. */
bool oauth_app_of(
    struct oauth_call *c, const struct url *form, struct oauth_app *out_app);

#endif /* TENANT_OAUTH_INT_H */
