/* connectors/sync/attribute.c -- see attribute.h. */
#include "connectors/sync/attribute.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

const struct stype_info stypes[ST_COUNT] = {
    [ST_USER] = {"user", "User"},
    [ST_GROUP] = {"group", "Group"},
    [ST_CONTACT] = {"contact", "Contact"},
    [ST_DEVICE] = {"device", "Device"},
    [ST_PUBLIC_FOLDER] = {"publicFolder", "PublicFolder"},
};

#define S       VALUE_STRING
#define I       VALUE_INTEGER
#define B       VALUE_BOOLEAN
#define O       VALUE_BINARY
#define R       VALUE_REFERENCE
#define U       (1U << ST_USER)
#define G       (1U << ST_GROUP)
#define C       (1U << ST_CONTACT)
#define D       (1U << ST_DEVICE)
#define P       (1U << ST_PUBLIC_FOLDER)
#define ONE     false
#define MANY    true
#define CLIENT  false
#define SERVICE true
// NOLINTBEGIN(bugprone-macro-parentheses): a row of initializers
#define ROW(name, type, multi, on, who, most) \
	{name, type, multi, who, false, most, on},
// NOLINTEND(bugprone-macro-parentheses)

const struct sattr sattrs[] = {
#include "connectors/sync/attribute.def"
};
const size_t sattr_count = sizeof(sattrs) / sizeof(sattrs[0]);

static_assert(sizeof(sattrs) / sizeof(sattrs[0]) + SATTR_OPEN <= SATTR_MAX,
    "rows of the table and directory extensions");

static int
compare(struct text t, const char *name)
{
	size_t n = strlen(name);
	int r = strncasecmp(t.data, name, t.len < n ? t.len : n);

	if (r != 0 || t.len == n)
		return r;
	return t.len < n ? -1 : 1;
}

int
sattr_find(struct text name)
{
	size_t low = 0, high = sattr_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int r = compare(name, sattrs[mid].name);

		if (r == 0)
			return (int)mid;
		if (r < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

int
stype_of_wire(struct text name)
{
	for (int i = 0; i < ST_COUNT; i++)
		if (text_is_nocase(name, stypes[i].wire))
			return i;
	return -1;
}
