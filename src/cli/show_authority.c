/* cli/show_authority.c -- see cmd_authority.h. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/cmd_authority.h"

#define SHOWN 5U

static const struct {
	const char *permission, *what;
} rights[] = {
    {"User.ReadWrite.All, Group.ReadWrite.All", "as every run of Graph"},
    {"OrgContact.Read.All, Device.Read.All", "to name what stays behind"},
    {"Organization.ReadWrite.All",
	"start --organization; without it an administrator does it, --by-hand"},
    {"User-, Group- and Contacts-OnPremisesSyncBehavior.ReadWrite.All",
	"start OBJECT"},
};
#define RIGHTS (sizeof(rights) / sizeof(rights[0]))

static void
set_time(struct json *j, const char *key, int64_t ms)
{
	char t[32];

	if (ms == 0)
		json_set(j, key, json_new_null());
	else
		json_set_str(j, key, clock_format(ms, false, t));
}

static const char *
time_text(int64_t ms, char out[static 32])
{
	return ms == 0 ? "never" : clock_format(ms, false, out);
}

/* What Graph cannot write, whoever masters it. */
static bool
stays_behind(enum authority_type t)
{
	return t != AUTHORITY_USER && t != AUTHORITY_GROUP;
}

/* ---- show ---- */

static struct json *
names_json(const struct authority_picture *p, enum authority_type t)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].type == t && p->items[i].on_premises)
			json_push(list, json_new_text(p->items[i].name));
	return list;
}

static struct json *
type_json(const struct authority_picture *p, enum authority_type t)
{
	struct json *j = json_new_object();

	json_set_str(j, "type", authority_type_name(t));
	json_set_int(j, "total", (int64_t)p->total[t]);
	json_set_int(j, "onPremises", (int64_t)p->of[t].all);
	json_set_int(j, "immutableId", (int64_t)p->of[t].immutable);
	json_set_int(j, "moreAddresses", (int64_t)p->of[t].addresses);
	if (stays_behind(t))
		json_set(j, "cannotCarry", names_json(p, t));
	else
		json_set_int(j, "unknownHere", (int64_t)p->of[t].unknown);
	return j;
}

static struct json *
sentences_json(const char *const *list)
{
	struct json *j = json_new_list();

	for (; *list != NULL; list++)
		json_push(j, json_new_text(text_of(*list)));
	return j;
}

static struct json *
organization_json(const struct organization_authority *o)
{
	struct json *j = json_new_object();

	json_set_text(j, "id", o->id);
	json_set_bool(j, "onPremises", o->on_premises);
	json_set_bool(j, "ever", o->ever);
	set_time(j, "lastSync", o->last_sync_ms);
	set_time(j, "lastPasswordSync", o->last_password_ms);
	return j;
}

struct json *
authority_picture_json(const struct authority_picture *p)
{
	struct json *j = json_new_object(), *types = json_new_list(),
		    *need = json_new_list();

	json_set_text(j, "connector", p->connector);
	json_set(j, "organization", organization_json(&p->organization));
	for (int t = 0; t < (int)AUTHORITY_TYPES; t++)
		json_push(types, type_json(p, (enum authority_type)t));
	json_set(j, "types", types);
	json_set(j, "losses", sentences_json(authority_losses));
	json_set(j, "irreversible", sentences_json(authority_irreversible));
	for (size_t i = 0; i < RIGHTS; i++) {
		struct json *one = json_new_object();

		json_set_str(one, "permission", rights[i].permission);
		json_set_str(one, "for", rights[i].what);
		json_push(need, one);
	}
	json_set(j, "rights", need);
	return j;
}

static void
print_organization(const struct authority_picture *p)
{
	const struct organization_authority *o = &p->organization;
	char sync[32], hash[32];

	(void)printf("%.*s: %s; last synchronisation %s, last password %s\n",
	    TEXT_ARGS(p->connector),
	    o->on_premises ? "the organisation is mastered on premises"
	    : o->ever      ? "the organisation was synchronised, and is not now"
			   : "the organisation was never synchronised",
	    time_text(o->last_sync_ms, sync),
	    time_text(o->last_password_ms, hash));
}

static void
print_types(const struct authority_picture *p)
{
	static const char *const titles[] = {"TYPE", ">THERE", ">ON PREMISES",
	    ">IMMUTABLE ID", ">UNKNOWN HERE", ">MORE ADDRESSES"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 6);

	for (int i = 0; i < (int)AUTHORITY_TYPES; i++) {
		const struct authority_count *n = &p->of[i];

		table_cell(
		    t, "%s", authority_type_name((enum authority_type)i));
		table_cell(t, "%" PRIu64, p->total[i]);
		table_cell(t, "%" PRIu64, n->all);
		table_cell(t, "%" PRIu64, n->immutable);
		if (stays_behind((enum authority_type)i))
			table_cell(t, "-");
		else
			table_cell(t, "%" PRIu64, n->unknown);
		table_cell(t, "%" PRIu64, n->addresses);
	}
	table_print(t, stdout);
}

static void
print_behind(const struct authority_picture *p, enum authority_type t, bool all)
{
	uint64_t shown = 0;

	if (!stays_behind(t) || p->of[t].all == 0)
		return;
	(void)printf("  %" PRIu64 " %s%s:", p->of[t].all,
	    authority_type_name(t), p->of[t].all == 1 ? "" : "s");
	for (size_t i = 0; i < p->count; i++) {
		if (p->items[i].type != t || !p->items[i].on_premises)
			continue;
		if (all || shown < SHOWN)
			(void)printf("%s %.*s", shown > 0 ? "," : "",
			    TEXT_ARGS(p->items[i].name));
		shown++;
	}
	if (!all && shown > SHOWN)
		(void)printf(" and %" PRIu64 " more (--all)", shown - SHOWN);
	(void)putchar('\n');
}

/* Whom nobody here would write to once the old server is gone. */
static void
print_unknown(const struct authority_picture *p, bool all)
{
	uint64_t shown = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct authority_object *o = &p->items[i];

		if (!o->on_premises || o->known || stays_behind(o->type))
			continue;
		if (shown == 0)
			(void)printf("\nKept by nobody after a move, as nobody "
				     "here stands behind them:\n");
		if (all || shown < SHOWN)
			(void)printf("  %s %.*s (%.*s)\n",
			    authority_type_name(o->type), TEXT_ARGS(o->name),
			    TEXT_ARGS(o->anchor));
		shown++;
	}
	if (!all && shown > SHOWN)
		(void)printf("  and %" PRIu64 " more (--all)\n", shown - SHOWN);
}

static void
print_sentences(const char *title, const char *const *list)
{
	(void)printf("\n%s\n", title);
	for (; *list != NULL; list++)
		(void)printf("  - %s\n", *list);
}

void
authority_picture_print(const struct authority_picture *p, bool all)
{
	print_organization(p);
	print_types(p);
	print_unknown(p, all);
	print_sentences("What Graph cannot carry:", authority_losses);
	for (int t = 0; t < (int)AUTHORITY_TYPES; t++)
		print_behind(p, (enum authority_type)t, all);
	print_sentences("What nobody can take back:", authority_irreversible);
	(void)printf("\nRights of the application:\n");
	for (size_t i = 0; i < RIGHTS; i++)
		(void)printf(
		    "  %s: %s\n", rights[i].permission, rights[i].what);
}

/* ---- plan, start, return ---- */

static const char *
check_text(const char *name)
{
	static const struct {
		const char *name, *text;
	} said[] = {
	    {"staging", "this server is in staging mode"},
	    {"whole", "everything was read and synchronised in full"},
	    {"synchronised", "the organisation is mastered on premises"},
	    {"alone", "no other server is at work"},
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (text_is(text_of(name), said[i].name))
			return said[i].text;
	return name;
}

void
authority_checks_print(const struct cli *c,
    const struct authority_check list[static AUTHORITY_CHECKS], bool ok)
{
	struct json *j = json_new_object(), *items = json_new_list();

	for (size_t i = 0; i < AUTHORITY_CHECKS; i++) {
		struct json *one = json_new_object();

		json_set_str(one, "check", list[i].name);
		json_set_bool(one, "ok", list[i].ok);
		json_set_text(one, "why", list[i].why);
		json_push(items, one);
		if (!c->json)
			(void)printf("%s %s%s%.*s\n",
			    list[i].ok ? "yes" : "NO ",
			    check_text(list[i].name), list[i].ok ? "" : ": ",
			    TEXT_ARGS(list[i].why));
	}
	json_set_bool(j, "ok", ok);
	json_set(j, "checks", items);
	if (c->json)
		(void)cli_print_json(j);
	else
		(void)json_free(j);
}

void
authority_started_print(const struct cli *c, const struct authority_picture *p,
    const struct authority_wish *w)
{
	struct json *j;

	if (c->json) {
		j = authority_picture_json(p);
		json_set_str(j, "state", "waiting");
		json_set_text(j, "by", w->by);
		json_set_text(j, "reason", w->reason);
		(void)cli_print_json(j);
	} else if (!c->quiet) {
		(void)printf("every immutable ID is noted; synchronisation of "
			     "the organisation %s\nit takes up to 72 hours: "
			     "causeway migrate authority status\n",
		    w->by_hand ? "is turned off by hand" : "was turned off");
	}
}

void
authority_returned_print(const struct cli *c)
{
	struct json *j;

	if (c->json) {
		j = json_new_object();
		json_set_str(j, "state", "on-premises");
		(void)cli_print_json(j);
	} else if (!c->quiet) {
		(void)printf("synchronisation of the organisation is turned on "
			     "again, the notes are gone\n");
	}
}

void
authority_move_print(const struct cli *c, struct json *list, struct text asked,
    const struct authority_move *m, bool moved, const struct err *why)
{
	const char *where = m->cloud ? "cloud" : "on premises";
	struct json *j = json_new_object();

	json_set_text(j, "object", asked);
	json_set_text(j, "anchor", m->anchor);
	json_set_text(j, "displayName", m->name);
	json_set_str(j, "master", where);
	json_set_bool(j, "moved", moved);
	if (why != NULL)
		json_set_str(j, "error", why->text);
	json_push(list, j);
	if (why != NULL)
		cli_say("%.*s: %s", TEXT_ARGS(asked), why->text);
	else if (!c->json && !c->quiet)
		(void)printf("%.*s (%.*s): %s %s\n", TEXT_ARGS(m->name),
		    TEXT_ARGS(m->anchor),
		    moved ? "is mastered now:" : "was mastered already:",
		    where);
}

/* ---- status ---- */

static struct json *
status_json(const struct authority_status *st)
{
	struct json *j = json_new_object();

	json_set_str(j, "state", authority_state_name(st->state));
	json_set(j, "organization", organization_json(&st->organization));
	if (st->note.state == AUTHORITY_NONE)
		return j;
	json_set_text(j, "by", st->note.by);
	json_set_text(j, "reason", st->note.reason);
	set_time(j, "asked", st->note.asked_ms);
	set_time(j, "latest", st->latest_ms);
	set_time(j, "done", st->note.done_ms);
	json_set_bool(j, "synchronisedSince", st->foreign);
	json_set_int(j, "immutableIds", (int64_t)st->note.objects);
	json_set_int(j, "onPremises", (int64_t)st->on_premises);
	json_set_int(j, "writesTried", (int64_t)st->tried);
	json_set_int(j, "writesTaken", (int64_t)st->taken);
	json_set_text(j, "refused", st->refused);
	return j;
}

static void
print_proof(const struct authority_status *st)
{
	if (st->organization.on_premises) {
		(void)printf("the directory has not turned synchronisation off "
			     "yet\n");
		return;
	}
	(void)printf("the organisation says that synchronisation is off; "
		     "%" PRIu64 " objects are mastered on premises\n",
	    st->on_premises);
	if (st->tried != 0)
		(void)printf("%" PRIu64 " of %" PRIu64
			     " writes of the value that is there were taken\n",
		    st->taken, st->tried);
	if (st->refused.len != 0)
		(void)printf("refused: %.*s\n", TEXT_ARGS(st->refused));
}

static void
print_status(const struct authority_status *st)
{
	char asked[32], latest[32];

	(void)printf("%s", authority_state_name(st->state));
	if (st->note.state == AUTHORITY_NONE) {
		(void)printf(": nothing was begun from here\n");
		return;
	}
	(void)printf(": begun by %.*s at %s (%.*s), done at the latest at %s\n",
	    TEXT_ARGS(st->note.by),
	    clock_format(st->note.asked_ms, false, asked),
	    TEXT_ARGS(st->note.reason),
	    clock_format(st->latest_ms, false, latest));
	if (st->foreign)
		(void)printf("A SERVER STILL SYNCHRONISES: last at %s\n",
		    clock_format(st->organization.last_sync_ms, false, asked));
	print_proof(st);
	if (st->state == AUTHORITY_PROVED)
		(void)printf("go on: causeway migrate authority finish\n");
}

void
authority_status_print(const struct cli *c, const struct authority_status *st)
{
	if (c->json)
		(void)cli_print_json(status_json(st));
	else
		print_status(st);
}

/* ---- finish ---- */

static struct json *
end_json(const struct authority_end *end)
{
	struct json *j = status_json(&end->status);
	struct json *differ = json_new_list(), *left = json_new_list();

	json_set_int(j, "compared", (int64_t)end->compared);
	json_set_int(j, "groupsKnown", (int64_t)end->claimed);
	for (size_t i = 0; i < end->count; i++) {
		const struct authority_difference *d = &end->list[i];
		struct json *one = json_new_object();

		json_set_text(one, "anchor", d->anchor);
		json_set_text(one, "displayName", d->name);
		json_set_text(one, "was", d->was);
		json_set_text(one, "is", d->is);
		json_set_bool(one, "gone", d->gone);
		json_push(differ, one);
	}
	json_set(j, "differences", differ);
	for (size_t i = 0; i < end->left_count; i++) {
		struct json *one = json_new_object();

		json_set_text(one, "anchor", end->left[i].anchor);
		json_set_text(one, "displayName", end->left[i].name);
		json_set_text(one, "why", end->left[i].why);
		json_push(left, one);
	}
	json_set(j, "groupsUnknown", left);
	return j;
}

void
authority_end_print(
    const struct cli *c, const struct authority_end *end, bool done)
{
	if (c->json) {
		(void)cli_print_json(end_json(end));
		return;
	}
	for (size_t i = 0; i < end->count; i++) {
		const struct authority_difference *d = &end->list[i];

		if (d->gone)
			(void)printf("gone: %.*s, immutable ID %.*s\n",
			    TEXT_ARGS(d->anchor), TEXT_ARGS(d->was));
		else
			(void)printf("%.*s (%.*s): was %.*s, is %.*s\n",
			    TEXT_ARGS(d->name), TEXT_ARGS(d->anchor),
			    TEXT_ARGS(d->was), TEXT_ARGS(d->is));
	}
	for (size_t i = 0; i < end->left_count; i++)
		(void)printf("not recognised: group %.*s (%.*s): %.*s\n",
		    TEXT_ARGS(end->left[i].name),
		    TEXT_ARGS(end->left[i].anchor),
		    TEXT_ARGS(end->left[i].why));
	if (done)
		(void)printf(
		    "%" PRIu64 " immutable IDs are what they were; %" PRIu64
		    " groups carry their source anchor\nnow: causeway cycle "
		    "initial, causeway migrate compare, causeway migrate "
		    "switch\n",
		    end->compared, end->claimed);
}
