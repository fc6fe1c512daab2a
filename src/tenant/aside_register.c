/* tenant/aside_register.c -- registration of sign-in on the desktop, per domain
 * and as a whole, and of sign-in by agents.  It is kept and told; nobody signs
 * in by it here, so the secret of a domain's computer account is not kept. */
#include "tenant/aside.h"
#include "tenant/oauth.h"
#include "tenant/syncobj.h"

#define NS_COMMON \
	"http://schemas.datacontract.org/2004/07/Microsoft.ApplicationProxy."
#define NS_OWN      NS_COMMON "Common.RegistrationCommons.Registration"
#define NS_ARRAYS   "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
#define NS_XSI      "http://www.w3.org/2001/XMLSchema-instance"
#define ROLE        " Organization.ReadWrite.All "
#define KEY         "register"
#define STATE_MAX   65536U
#define DOMAIN_MAX  253U               /* of a domain */
#define SYNC_AGENTS ((int64_t)1 << 17) /* PassThroughAuthentication */

struct register_call {
	struct aside_call *c;
	const struct xml_node *body;
	struct json
	    *state;        /* {"desktop": bool, "domains": [...], "agents": } */
	const char *error; /* NULL: it was done */
	struct xml_writer w;
};

/* ---- State ---- */

static int
state_load(struct register_call *q)
{
	struct text s;
	int r = tdb_meta_get(q->c->t->db, q->c->a, KEY, &s);

	if (r == 0)
		return json_parse(s, STATE_MAX, &q->state, NULL);
	if (r != ERR_NOENT)
		return r;
	q->state = json_new_object();
	json_set(q->state, "domains", json_new_list());
	return q->state == NULL ? ERR_NOMEM : 0;
}

static int
state_save(struct register_call *q)
{
	struct buf b;
	int r;

	buf_init(&b, STATE_MAX);
	r = json_write(q->state, false, &b);
	if (r == 0)
		r = tdb_meta_put(q->c->t->db, KEY, buf_text(&b));
	buf_clear(&b);
	return r;
}

static bool
wants(const struct register_call *q)
{
	return text_is_nocase(xml_child_text(q->body, "Enable"), "true");
}

static bool
says_whether(struct register_call *q)
{
	struct text t = xml_child_text(q->body, "Enable");

	if (!text_is_nocase(t, "true") && !text_is_nocase(t, "false"))
		q->error = "Enable is true or false.";
	return q->error == NULL;
}

/* The domains without one. */
static struct json *
domains_without(const struct register_call *q, struct text name)
{
	const struct json *old = json_get(q->state, "domains");
	struct json *list = json_new_list();

	for (size_t i = 0; i < json_count(old); i++) {
		struct text t = json_text(json_at(old, i));

		if (!text_equal_nocase(t, name))
			json_push(list, json_new_text(t));
	}
	return list;
}

/* ---- Operations: what they change ---- */

static int
op_status(struct register_call *q)
{
	(void)q;
	return 0;
}

static int
op_domain(struct register_call *q)
{
	struct text name = xml_child_text(q->body, "DomainName");
	struct json *list;

	if (!says_whether(q))
		return 0;
	if (name.len == 0 || name.len > DOMAIN_MAX || !text_is_utf8(name))
		q->error = "DomainName is the name of a domain.";
	else if (wants(q) &&
		 (xml_child_text(q->body, "Secret").len == 0 ||
		     xml_child_text(q->body, "ComputerName").len == 0))
		q->error = "ComputerName and Secret of the computer account "
			   "are needed.";
	if (q->error != NULL)
		return 0;
	list = domains_without(q, name);
	if (wants(q))
		json_push(list, json_new_text(name));
	json_set(q->state, "domains", list);
	if (wants(q))
		json_set_bool(q->state, "desktop", true);
	return state_save(q);
}

static int
op_flag(struct register_call *q)
{
	if (!says_whether(q))
		return 0;
	json_set_bool(q->state, "desktop", wants(q));
	return state_save(q);
}

/* It is one of the features that clients of the synchronisation service read.
 */
static int
op_agents(struct register_call *q)
{
	struct sync_settings s;
	int r;

	if (!says_whether(q))
		return 0;
	r = sync_settings_load(q->c->t, q->c->a, &s);
	if (r != 0)
		return r;
	s.features =
	    wants(q) ? s.features | SYNC_AGENTS : s.features & ~SYNC_AGENTS;
	json_set_bool(q->state, "agents", true); /* it was registered */
	r = sync_settings_save(q->c->t, &s);
	return r == 0 ? state_save(q) : r;
}

/* ---- What they answer ---- */

static void
put_domains(struct register_call *q)
{
	const struct json *list = json_get(q->state, "domains");

	xml_begin(&q->w, "Domains");
	xml_put_attr(&q->w, "xmlns:a", TEXT(NS_ARRAYS));
	for (size_t i = 0; i < json_count(list); i++)
		xml_put_element(&q->w, "a:string", json_text(json_at(list, i)));
	xml_end(&q->w, "Domains");
}

static int
agents_on(struct register_call *q, bool *out)
{
	struct sync_settings s;
	int r = sync_settings_load(q->c->t, q->c->a, &s);

	*out = r == 0 && (s.features & SYNC_AGENTS) != 0;
	return r;
}

enum shape {
	HAS_DOMAINS = 1 << 0,
	HAS_STATE = 1 << 1,
	OF_AGENTS = 1 << 2,
};

static const struct operation {
	const char *name, *result;
	int (*run)(struct register_call *q);
	unsigned shape;
} operations[] = {
    {"GetDesktopSsoStatus", "DesktopSsoStatusResult", op_status,
	HAS_DOMAINS | HAS_STATE},
    {"EnableDesktopSso", "DesktopSsoEnablementResult", op_domain, 0},
    {"EnableDesktopSsoFlag", "DesktopSsoEnablementResult", op_flag, 0},
    {"EnablePassthroughAuthentication",
	"PassthroughAuthenticationRequestResult", op_agents,
	HAS_STATE | OF_AGENTS},
};

static int
answer(struct register_call *q, const struct operation *op)
{
	bool agents = (op->shape & OF_AGENTS) != 0;
	bool on = json_bool(json_get(q->state, "desktop"), false);
	bool exists = agents ? json_bool(json_get(q->state, "agents"), false)
			     : json_count(json_get(q->state, "domains")) != 0;
	int r = agents ? agents_on(q, &on) : 0;

	buf_reset(q->c->out);
	xml_writer_init(&q->w, q->c->out);
	xml_begin(&q->w, op->result);
	xml_put_attr(&q->w, "xmlns", TEXT(NS_OWN));
	xml_put_attr(&q->w, "xmlns:i", TEXT(NS_XSI));
	if ((op->shape & HAS_DOMAINS) != 0)
		put_domains(q);
	if ((op->shape & HAS_STATE) != 0)
		aside_put_bool(&q->w, "Enable", on);
	aside_put(&q->w, "ErrorMessage",
	    q->error == NULL ? TEXT("") : text_of(q->error));
	if ((op->shape & HAS_STATE) != 0)
		aside_put_bool(&q->w, "Exists", exists);
	aside_put_bool(&q->w, "IsSuccessful", q->error == NULL);
	xml_end(&q->w, op->result);
	return r == 0 ? xml_end_document(&q->w) : r;
}

/* ---- Who may, and which ---- */

static bool
may(struct register_call *q)
{
	struct oauth_caller caller = {0};
	struct text token = xml_child_text(q->body, "AuthenticationToken");

	return oauth_check_register(q->c->t, q->c->a, token, &caller, NULL) ==
		   0 &&
	       memmem(caller.roles.data, caller.roles.len, ROLE,
		   sizeof(ROLE) - 1) != NULL;
}

static const struct operation *
operation_of(struct text target)
{
	const size_t skip = sizeof(ASIDE_REGISTER) - 1;
	struct text name = {target.data + skip, target.len - skip};
	const char *query =
	    name.len == 0 ? NULL : memchr(name.data, '?', name.len);

	if (query != NULL)
		name.len = (size_t)(query - name.data);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (text_is_nocase(name, operations[i].name))
			return &operations[i];
	return NULL;
}

static int
serve(struct register_call *q, const struct operation *op)
{
	int r = state_load(q);

	if (r != 0)
		return r;
	q->c->status = 200;
	if (!may(q)) {
		q->c->status = 401;
		q->error = "The token is not one for this service, or its user "
			   "is no administrator.";
	} else {
		r = op->run(q);
	}
	return r == 0 ? answer(q, op) : r;
}

int
aside_register(struct aside_call *c)
{
	struct register_call q = {.c = c};
	const struct operation *op = operation_of(c->target);
	int r;

	c->status = 404;
	if (op == NULL)
		return ERR_REJECTED;
	r = xml_parse(c->a, "request", c->body, &q.body, NULL);
	c->status = 400;
	if (r != 0)
		return r == ERR_NOMEM ? r : ERR_REJECTED;
	r = serve(&q, op);
	q.state = json_free(q.state);
	return r;
}
