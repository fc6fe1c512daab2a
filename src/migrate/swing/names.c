/* migrate/swing/names.c -- attributes that the synchronisation service and
 * Graph call otherwise (docs/upgrade/compare.md). */
#include "migrate/swing/swing_int.h"

static const struct {
	const char *sync;
	const char *graph;
} pairs[] = {
    {"sourceAnchor", "onPremisesImmutableId"},
    {"alias", "mailNickname"},
    {"company", "companyName"},
    {"title", "jobTitle"},
    {"physicalDeliveryOfficeName", "officeLocation"},
    {"telephoneNumber", "businessPhones"},
    {"mobile", "mobilePhone"},
    {"facsimileTelephoneNumber", "faxNumber"},
    {"employeeID", "employeeId"},
    {"member", "members"},
};

struct text
names_of_kind(struct text kind, struct text sync_name)
{
	if (!text_is(kind, "graph"))
		return sync_name;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (text_equal_nocase(sync_name, text_of(pairs[i].sync)))
			return text_of(pairs[i].graph);
	return sync_name;
}
