/* cli/why_not_directory.c -- an object that is in no store: the directories
 * are asked whether they have it, and which setting leaves it out; see
 * why_not.h. */
#include <string.h>

#include "cli/why_not.h"
#include "model/dn.h"

/* One directory that is asked. */
struct asking {
	struct session *s;
	size_t connector;
	struct connector_question q;
	struct reasons_list *out;
};

static void
say(struct asking *x, struct reason r)
{
	r.connector = x->s->setup.connectors[x->connector].name;
	reason_add(x->out, r);
}

/* A DN; attribute=value; or a value of any attribute that names a person. */
static struct connector_question
question_of(struct session *s, struct text what)
{
	const char *equals = memchr(what.data, '=', what.len);
	struct text key;
	size_t n = equals != NULL ? (size_t)(equals - what.data) : 0;

	if (equals != NULL && memchr(what.data, ',', what.len) != NULL &&
	    dn_key(s->setup.arena, what, &key) == 0)
		return (struct connector_question){.dn = what};
	if (equals != NULL)
		return (struct connector_question){.attr = {what.data, n},
		    .value = {equals + 1, what.len - n - 1}};
	return (struct connector_question){.value = what};
}

static void
say_left_out(struct asking *x, const struct connector_look *look)
{
	static const char *const kinds[] = {[LEAVES_NOTHING] = "not-imported",
	    [LEAVES_PARTITION] = "partition",
	    [LEAVES_CONTAINER] = "container",
	    [LEAVES_CLASS] = "object-class",
	    [LEAVES_FILTER] = "filter"};
	struct session *s = x->s;
	struct text text = TEXT("it is there and nothing leaves it out: it was "
				"not imported yet");

	switch (look->leaves) {
	case LEAVES_NOTHING:
		break;
	case LEAVES_PARTITION:
		text = TEXT("it lies in no partition that is read");
		break;
	case LEAVES_CONTAINER:
		text =
		    text_is(look->setting, "exclude")
			? explain_words(s, "it lies in %.*s, which is excluded",
			      TEXT_ARGS(look->value))
			: explain_words(s,
			      "no container above it is included in "
			      "partition %.*s",
			      TEXT_ARGS(look->value));
		break;
	case LEAVES_CLASS:
		text = explain_words(s,
		    "its object classes (%.*s) are not among object_classes",
		    TEXT_ARGS(look->value));
		break;
	case LEAVES_FILTER:
		text = explain_words(
		    s, "it does not match %.*s", TEXT_ARGS(look->value));
		break;
	}
	say(x,
	    (struct reason){.kind = kinds[look->leaves],
		.name = look->setting,
		.value = look->value,
		.text = explain_words(
		    s, "%.*s: %.*s", TEXT_ARGS(look->dn), TEXT_ARGS(text)),
		.remedy =
		    look->leaves == LEAVES_NOTHING
			? explain_words(s, "causeway run %.*s full-import",
			      TEXT_ARGS(s->setup.connectors[x->connector].name))
			: TEXT("")});
}

static int
ask_one(struct asking *x, struct err *e)
{
	const struct engine_connector *c =
	    &x->s->setup.connectors[x->connector];
	struct connector *conn = NULL;
	struct connector_look look = {0};
	struct err why = {0};
	int r = setup_connect(&x->s->setup, x->connector, &conn, &why);

	if (r == 0)
		r = c->kind->ops->look(
		    conn, &x->q, x->s->setup.arena, &look, &why);
	if (conn != NULL)
		c->kind->ops->close(conn);
	if (r < 0)
		say(x, (struct reason){.kind = "not-asked",
			   .text =
			       text_dup(x->s->setup.arena, text_of(why.text))});
	else if (look.there) {
		r = look.leaves == LEAVES_NOTHING
			? why_not_failed(x->s, x->connector, look.dn, x->out, e)
			: 0;
		if (r == 0)
			say_left_out(x, &look);
		return r < 0 ? r : 0;
	}
	return r == ERR_NOMEM ? err_set(e, r, "out of memory") : 0;
}

int
why_not_asked(struct session *s, struct text what, struct reasons_list *out,
    struct err *e)
{
	struct asking x = {.s = s, .q = question_of(s, what), .out = out};
	size_t asked = 0;
	int r = 0;

	for (size_t i = 0; i < s->setup.connector_count && r == 0; i++) {
		x.connector = i;
		r = why_not_failed(s, i, x.q.dn, out, e);
		if (r != 0) {
			r = r < 0 ? r : 0;
			continue;
		}
		if (s->setup.connectors[i].kind->ops->look == NULL)
			continue;
		asked++;
		r = ask_one(&x, e);
	}
	if (r == 0 && out->count == 0)
		reason_add(out,
		    (struct reason){.kind = "not-there",
			.text = asked != 0
				    ? TEXT("no directory has it, or the "
					   "reading account may not see it")
				    : TEXT("it is in no store, and no "
					   "directory can be asked for one "
					   "object")});
	return r;
}
