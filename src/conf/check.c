/* conf/check.c -- what concerns more than one setting. */
#include <string.h>

#include "conf/conf_int.h"

static bool
is_one_of(struct text t, const char *const *list)
{
	for (; *list != NULL; list++)
		if (text_is(t, *list))
			return true;
	return false;
}

static void
check_name(
    struct loader *l, const struct conf *c, size_t i, const struct yaml_node *n)
{
	struct text name = c->connectors.items[i].name;

	if (name.len > 64 || memchr(name.data, '/', name.len) != NULL)
		PROBLEM(l, place(n, "name"),
		    "a connector's name has at most 64 bytes and no \"/\"");
	for (size_t k = 0; k < i; k++) {
		const struct conf_connector *other = &c->connectors.items[k];

		if (text_equal_nocase(other->name, name))
			PROBLEM(l, place(n, "name"),
			    "the connector in line %u is called %.*s too",
			    other->line, TEXT_ARGS(name));
	}
}

/* ---- ad, ldap ---- */

static void
check_server(struct loader *l, const struct conf_ldap *c, struct text url,
    const struct yaml_node *n)
{
	bool tls = text_starts_nocase(url, "ldaps://");
	bool local = text_starts_nocase(url, "ldapi://");

	if (!tls && !local && !text_starts_nocase(url, "ldap://")) {
		PROBLEM(l, n,
		    "a server is ldaps://HOST, ldap://HOST or ldapi://PATH, "
		    "not %.*s",
		    (int)(url.len < 100 ? url.len : 100), url.data);
		return;
	}
	if (tls && c->tls.starttls)
		PROBLEM(l, n, "starttls is for ldap://, not for ldaps://");
	if (!tls && !local && !c->tls.starttls && c->tls.required &&
	    c->bind == CONF_BIND_SIMPLE)
		PROBLEM(l, n,
		    "a simple bind to ldap:// sends the password in clear "
		    "text: use ldaps://, or tls: {starttls: true} (or "
		    "tls: {required: false})");
}

static void
check_servers(struct loader *l, const struct conf_ldap *c,
    const struct conf_texts *list, const struct yaml_node *n)
{
	for (size_t i = 0; i < list->count; i++)
		check_server(l, c, list->items[i], n);
}

static void
check_bind(
    struct loader *l, const struct conf_ldap *c, const struct yaml_node *n)
{
	bool key = c->password.len != 0 || c->keytab.len != 0;

	if (c->bind == CONF_BIND_SIMPLE &&
	    (c->user.len == 0) != (c->password.len == 0))
		PROBLEM(l, n,
		    "bind simple needs both user and password "
		    "(neither: an anonymous bind)");
	if (c->bind == CONF_BIND_GSSAPI && (c->user.len == 0 || !key))
		PROBLEM(
		    l, n, "bind gssapi needs user and one of keytab, password");
	if (c->bind != CONF_BIND_GSSAPI && c->keytab.len != 0)
		PROBLEM(l, place(n, "keytab"), "keytab is for bind gssapi");
	if (c->bind == CONF_BIND_GSSAPI && c->keytab.len != 0 &&
	    c->password.len != 0)
		PROBLEM(
		    l, place(n, "keytab"), "keytab and password: one of them");
	if (c->bind == CONF_BIND_EXTERNAL && key)
		PROBLEM(
		    l, place(n, "password"), "bind external takes no password");
}

static void
check_ldap(
    struct loader *l, const struct conf_connector *k, const struct yaml_node *n)
{
	const struct conf_ldap *c = &k->ldap;

	if (c->servers.count == 0)
		PROBLEM(l, place(n, "servers"), "servers names none");
	check_servers(l, c, &c->servers, place(n, "servers"));
	for (size_t i = 0; i < c->partitions.count; i++)
		check_servers(l, c, &c->partitions.items[i].servers,
		    place(n, "partitions"));
	check_bind(l, c, n);
	if ((c->tls.certificate.len == 0) != (c->tls.key.len == 0))
		PROBLEM(l, place(n, "tls"),
		    "tls: certificate and key belong together");
	if (c->base.len != 0 && c->partitions.count != 0)
		PROBLEM(
		    l, place(n, "base"), "base and partitions: one of them");
	for (size_t i = 1; i < c->partitions.count; i++)
		for (size_t j = 0; j < i; j++)
			if (text_equal_nocase(c->partitions.items[i].dn,
				c->partitions.items[j].dn))
				PROBLEM(l, place(n, "partitions"),
				    "partition %.*s is there twice",
				    TEXT_ARGS(c->partitions.items[i].dn));
	if (!c->tls.verify)
		problem_add(l, false, place(n, "tls")->line,
		    place(n, "tls")->column,
		    "verify is off: anyone on the way can be this server");
}

/* ---- file ---- */

static void
check_csv(
    struct loader *l, const struct conf_file *c, const struct yaml_node *n)
{
	if (c->anchor.len == 0)
		PROBLEM(l, n,
		    "csv needs anchor: the column that names a row "
		    "for ever");
	if (c->type.len != 0 && c->type_column.len != 0)
		PROBLEM(
		    l, place(n, "type"), "type and type_column: one of them");
	if (c->type_values.count != 0 && c->type_column.len == 0)
		PROBLEM(l, place(n, "type_values"),
		    "type_values needs type_column");
	if (c->writable && c->dn.len != 0 &&
	    c->references == CONF_REFERENCE_ANCHOR)
		PROBLEM(l, place(n, "references"),
		    "a csv with a dn column is written with references: dn");
	if (c->delimiter.len != 1 || c->delimiter.data[0] == '"')
		PROBLEM(l, place(n, "delimiter"),
		    "delimiter is one ASCII character other than a quote");
	if (c->separator.len == 0)
		PROBLEM(l, place(n, "separator"), "separator is empty");
	if (yaml_get(n, "object_classes") != NULL)
		PROBLEM(l, place(n, "object_classes"),
		    "object_classes is for ldif; csv has type or "
		    "type_column");
}

static void
check_ldif(
    struct loader *l, const struct conf_file *c, const struct yaml_node *n)
{
	static const char *const csv_only[] = {"dn", "type", "type_column",
	    "type_values", "columns", "delimiter", "separator", NULL};

	if (c->writable && c->anchor.len == 0)
		PROBLEM(l, n,
		    "an ldif that is written needs anchor: a rename would "
		    "make another object of one");
	for (size_t i = 0; csv_only[i] != NULL; i++)
		if (yaml_get(n, csv_only[i]) != NULL)
			PROBLEM(l, place(n, csv_only[i]),
			    "%s is for csv, not for ldif", csv_only[i]);
}

static void
check_file(
    struct loader *l, const struct conf_connector *k, const struct yaml_node *n)
{
	static const char *const types[] = {"string", "integer", "boolean",
	    "binary", "reference", "string list", "integer list",
	    "boolean list", "binary list", "reference list", NULL};
	const struct conf_map *given = &k->file.attribute_types;
	const struct yaml_node *map = place(n, "attribute_types");

	for (size_t i = 0; i < given->count; i++) {
		struct text type = given->items[i].value;
		const struct yaml_node *at =
		    yaml_get(map, given->items[i].name.data);

		if (!is_one_of(type, types))
			PROBLEM(l, at != NULL ? at : map,
			    "%.*s: a type is string, integer, boolean, binary "
			    "or reference, and \" list\" behind it for more "
			    "than one value, not %.*s",
			    TEXT_ARGS(given->items[i].name), TEXT_ARGS(type));
	}
	if (k->file.format == CONF_FORMAT_CSV)
		check_csv(l, &k->file, n);
	else
		check_ldif(l, &k->file, n);
}

/* ---- default_rules ---- */

static bool
holds(const struct conf_texts *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_is(list->items[i], word))
			return true;
	return false;
}

/* What is made in a directory by a write-back: where to has to be said. */
static void
check_copies(struct loader *l, const struct conf *c, const char *what,
    const struct text to[static 2])
{
	bool wanted = holds(&c->default_rules.write_back, what);
	const struct conf_connector *k = conf_connector_find(c, to[0]);

	if (wanted != (to[0].len > 0) || wanted != (to[1].len > 0))
		problem_add(l, true, 0, 0,
		    "default_rules: write_back: %s, %s_connector and "
		    "%s_container go together",
		    what, what, what);
	else if (wanted && (k == NULL || (k->kind_id != CONF_KIND_AD &&
					     k->kind_id != CONF_KIND_FILE)))
		problem_add(l, true, 0, 0,
		    "default_rules: %s_connector names no connector of kind "
		    "ad or file",
		    what);
}

/* What is made there has to be read, or it is made again and again. */
static void
check_copies_read(struct loader *l, const struct conf *c, const char *what,
    const struct text to[static 2])
{
	const struct conf_connector *k = conf_connector_find(c, to[0]);
	const char *type =
	    text_is(text_of(what), "devices") ? "msDS-Device" : "group";

	if (k == NULL || k->kind_id != CONF_KIND_AD || to[1].len == 0 ||
	    holds(&k->ldap.object_classes, type))
		return;
	problem_add(l, false, k->line, 0,
	    "connector %.*s: object_classes: %s is missing: default_rules "
	    "makes "
	    "such objects by write_back: %s, and they would not be known again",
	    TEXT_ARGS(k->name), type, what);
}

static void
check_groups(struct loader *l, const struct conf *c)
{
	const struct conf_default_rules *d = &c->default_rules;
	const struct text groups[] = {d->groups_connector, d->groups_container};
	const struct text devices[] = {
	    d->devices_connector, d->devices_container};

	check_copies(l, c, "groups", groups);
	check_copies(l, c, "devices", devices);
	check_copies_read(l, c, "groups", groups);
	check_copies_read(l, c, "devices", devices);
}

static bool
is_attribute_name(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!(t.data[i] >= 'a' && t.data[i] <= 'z') &&
		    !(t.data[i] >= 'A' && t.data[i] <= 'Z') &&
		    !(t.data[i] >= '0' && t.data[i] <= '9') && t.data[i] != '-')
			return false;
	return t.len > 0 && t.len <= 100;
}

static bool
is_app_id(struct text t)
{
	size_t digits = 0;

	for (size_t i = 0; i < t.len; i++) {
		if (strchr("0123456789abcdefABCDEF", t.data[i]) != NULL)
			digits++;
		else if (t.data[i] != '-')
			return false;
	}
	return digits == 32;
}

static bool
any_of_kind(const struct conf *c, int kind)
{
	for (size_t i = 0; i < c->connectors.count; i++)
		if (c->connectors.items[i].kind_id == kind)
			return true;
	return false;
}

static void
check_extensions(struct loader *l, const struct conf *c)
{
	const struct conf_default_rules *d = &c->default_rules;

	if (d->extensions.count > 100)
		problem_add(l, true, 0, 0,
		    "default_rules: extensions: the cloud takes 100 at most");
	for (size_t i = 0; i < d->extensions.count; i++)
		if (!is_attribute_name(d->extensions.items[i]))
			problem_add(l, true, 0, 0,
			    "default_rules: extensions: \"%.*s\" is no name "
			    "of an attribute",
			    TEXT_ARGS(d->extensions.items[i]));
	if ((d->extensions.count > 0) != (d->extension_app.len > 0))
		problem_add(l, true, 0, 0,
		    "default_rules: extensions and extension_app go together");
	if (d->extension_app.len > 0 && !is_app_id(d->extension_app))
		problem_add(l, true, 0, 0,
		    "default_rules: extension_app: an application's id is 32 "
		    "hexadecimal digits, with or without dashes");
	if (d->extensions.count > 0 && !l->blocked &&
	    !any_of_kind(c, CONF_KIND_SYNC))
		problem_add(l, false, 0, 0,
		    "default_rules: extensions are written by a connector of "
		    "kind sync, and there is none: they are kept in the "
		    "metaverse alone");
}

/* What rules want to write back would wait for ever. */
static void
check_written(struct loader *l, const struct conf *c)
{
	for (size_t i = 0; i < c->connectors.count; i++) {
		const struct conf_connector *k = &c->connectors.items[i];

		if ((k->kind_id == CONF_KIND_AD && k->ldap.writable) ||
		    (k->kind_id == CONF_KIND_FILE && k->file.writable))
			return;
	}
	problem_add(l, false, 0, 0,
	    "default_rules: write_back: no connector of kind ad or file has "
	    "writable: true, so nothing is written");
}

static void
check_default_rules(struct loader *l, const struct conf *c)
{
	const struct conf_default_rules *d = &c->default_rules;

	if ((d->match_users_by == CONF_MATCH_ATTRIBUTE) !=
	    (d->match_attribute.len > 0))
		problem_add(l, true, 0, 0,
		    "default_rules: match_users_by: attribute and "
		    "match_attribute go together");
	if (holds(&d->write_back, "anchor") &&
	    !text_is_nocase(d->source_anchor, "ms-DS-ConsistencyGuid"))
		problem_add(l, true, 0, 0,
		    "default_rules: write_back: anchor is for source_anchor: "
		    "ms-DS-ConsistencyGuid");
	check_groups(l, c);
	check_extensions(l, c);
	if (d->write_back.count > 0 && !l->blocked)
		check_written(l, c);
}

static void
check_limits(struct loader *l, const struct conf *c)
{
	for (size_t i = 0; i < c->guard.limits.count; i++) {
		const struct conf_limit *k = &c->guard.limits.items[i];

		if (k->connector.len != 0 &&
		    conf_connector_find(c, k->connector) == NULL)
			problem_add(l, true, 0, 0,
			    "guard: limit %zu: there is no connector %.*s",
			    i + 1, TEXT_ARGS(k->connector));
		if (k->attribute.len != 0 &&
		    k->change != CONF_CHANGE_LOSE_ATTRIBUTE)
			problem_add(l, true, 0, 0,
			    "guard: limit %zu: attribute is for change: "
			    "lose-attribute",
			    i + 1);
		if (k->container.len != 0 && !text_is(k->container, "*") &&
		    memchr(k->container.data, '=', k->container.len) == NULL)
			problem_add(l, true, 0, 0,
			    "guard: limit %zu: container \"%.*s\" is no DN "
			    "(OU=Lyon,DC=corp,DC=example), nor *",
			    i + 1, TEXT_ARGS(k->container));
	}
}

void
conf_check(struct loader *l, const struct conf *c)
{
	static void (*const checks[])(struct loader *,
	    const struct conf_connector *, const struct yaml_node *) = {
	    [CONF_KIND_AD] = check_ldap,
	    [CONF_KIND_LDAP] = check_ldap,
	    [CONF_KIND_GRAPH] = check_graph,
	    [CONF_KIND_SYNC] = check_sync,
	    [CONF_KIND_FILE] = check_file,
	};
	const struct yaml_node *n =
	    l->connectors != NULL ? l->connectors->first : NULL;

	/* every item is a map: else the load was blocked */
	for (size_t i = 0; i < c->connectors.count && n != NULL; i++) {
		const struct conf_connector *k = &c->connectors.items[i];

		check_name(l, c, i, n);
		checks[k->kind_id](l, k, n);
		n = n->next;
	}
	check_ways(l, c);
	check_default_rules(l, c);
	check_limits(l, c);
	if (c->schedule.interval_ms != CONF_OFF &&
	    c->schedule.interval_ms < c->schedule.minimum_ms)
		problem_add(l, true, 0, 0,
		    "schedule: interval is shorter than minimum");
	if (c->rules.count == 0)
		problem_add(l, true, 0, 0,
		    "rules names none; \"rules: default\" is the built-in set");
}
