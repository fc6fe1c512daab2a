/* connectors/graph/ops.c -- many requests in batches, several at a time. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "connectors/graph/gconn_int.h"

#define TRIES_MAX 7U

/* One round: every op that waits is sent once. */
struct round {
	struct ops *l;
	size_t *waiting; /* indexes of ops */
	size_t count, next;
	const struct secret *token;
	/* what came of it */
	int fatal;
	struct err fatal_err;
	int64_t retry_ms; /* the largest; -1: none */
	bool throttled, faulty, denied;
	bool lost; /* a connection */
	struct err lost_err;
};

/* One $batch on its way. */
struct flight {
	struct round *round;
	size_t first, count; /* in round->waiting */
	struct buf body;
};

/* ---- The list ---- */

void
ops_init(struct ops *l, struct gconn *g)
{
	*l = (struct ops){.g = g};
}

void
ops_clear(struct ops *l)
{
	for (size_t i = 0; i < l->count; i++)
		l->items[i].body = json_free(l->items[i].body);
	for (size_t i = 0; i < l->tree_count; i++)
		l->trees[i] = json_free(l->trees[i]);
	free(l->items);
	free(l->trees);
	*l = (struct ops){.g = l->g};
}

/* Makes room for one more; false: no memory. */
static bool
room(void **items, size_t *size, size_t count, size_t each)
{
	size_t n = *size == 0 ? 32 : *size * 2;
	void *more;

	if (count < *size)
		return true;
	more = reallocarray(*items, n, each);
	if (more == NULL)
		return false;
	*items = more;
	*size = n;
	return true;
}

int
ops_add(struct ops *l, const struct op *op, struct err *e)
{
	void *items = l->items;
	bool ok =
	    op->url != NULL && room(&items, &l->size, l->count, sizeof(*op));

	l->items = items;
	if (!ok) {
		json_free(op->body);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	/* the one gate through which every write goes */
	if (!gurl_may_send(op->method, text_of(op->url))) {
		json_free(op->body);
		return err_set(e, ERR_INTERNAL,
		    "%s %s would not do what is meant: not sent", op->method,
		    op->url);
	}
	l->items[l->count++] = *op;
	return 0;
}

int
op_error(const struct op *op, struct err *e)
{
	if (op->state == OP_ANSWERED)
		return answer_error(&op->answer, e);
	if (e != NULL)
		*e = op->err;
	return op->err.code;
}

/* ---- Out ---- */

static void
headers_set(struct json *item, const struct op *op)
{
	struct json *h;

	if (op->body == NULL && op->prefer == NULL && !op->eventual)
		return;
	h = json_new_object();
	if (op->body != NULL)
		json_set_str(h, "Content-Type", "application/json");
	if (op->prefer != NULL)
		json_set_str(h, "Prefer", op->prefer);
	if (op->eventual)
		json_set_str(h, "ConsistencyLevel", "eventual");
	json_set(item, "headers", h);
}

static int
batch_write(const struct flight *f, struct buf *out)
{
	CLEANUP(json_freep)
	struct json *root = json_new_object();
	struct json *list = json_new_list();
	char id[24];

	for (size_t i = 0; i < f->count; i++) {
		const struct op *op =
		    &f->round->l->items[f->round->waiting[f->first + i]];
		struct json *item = json_new_object();

		(void)snprintf(id, sizeof(id), "%zu", i + 1);
		json_set_str(item, "id", id);
		json_set_str(item, "method", op->method);
		json_set_str(item, "url", op->url);
		headers_set(item, op);
		if (op->body != NULL)
			json_set(item, "body", json_dup(op->body));
		json_push(list, item);
	}
	json_set(root, "requests", list);
	return json_write(root, false, out);
}

static void
flight_free(struct flight *f)
{
	/* a first password may be in it */
	if (f->body.data != NULL)
		secret_wipe(f->body.data, f->body.len);
	buf_clear(&f->body);
	free(f);
}

static void flight_done(void *ctx, const struct http_response *h);

/* Sends the next batch of the round; 0 when there is none. */
static int
flight_start(struct round *r, struct err *e)
{
	static const struct http_header headers[] = {
	    {"Content-Type", "application/json"},
	    {"Accept", "application/json"},
	};
	struct http_request q = {.method = "POST",
	    .headers = headers,
	    .header_count = 2,
	    .bearer = r->token,
	    .url = r->l->g->batch_url};
	struct flight *f;
	int result;

	if (r->next == r->count)
		return 0;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	f->round = r;
	f->first = r->next;
	f->count = r->count - r->next;
	if (f->count > r->l->g->batch_size)
		f->count = r->l->g->batch_size;
	buf_init(&f->body, GRAPH_ANSWER_MAX);
	result = batch_write(f, &f->body);
	if (result < 0)
		(void)err_set(e, result, "batch: %s", err_name(result));
	q.body = buf_text(&f->body);
	if (result == 0)
		result = http_client_start(
		    r->l->g->cloud.http, &q, flight_done, f, e);
	if (result < 0) {
		flight_free(f);
		return result;
	}
	r->next += f->count;
	return 0;
}

/* ---- In ---- */

static void
wait_longest(struct round *r, int64_t retry_ms)
{
	if (retry_ms > r->retry_ms)
		r->retry_ms = retry_ms;
}

/* An answer of its own, or that of the whole batch, for one op. */
static void
op_judge(struct round *r, struct op *op, const struct answer *a)
{
	op->answer = *a;
	op->state = OP_ANSWERED;
	switch (answer_kind(a)) {
	case ANSWER_WAIT: /* not done: as often as patience allows */
		op->state = OP_WAITING;
		r->throttled = true;
		wait_longest(r, a->retry_ms);
		break;
	case ANSWER_FAULT:
		if (op->once) {
			op->state = OP_UNCERTAIN;
			(void)answer_error(a, &op->err);
		} else if (++op->tries < TRIES_MAX) {
			op->state = OP_WAITING;
		}
		r->faulty = true;
		wait_longest(r, a->retry_ms);
		break;
	case ANSWER_TOKEN:
		op->state = OP_WAITING;
		r->denied = true;
		break;
	case ANSWER_DONE:
	case ANSWER_MISSING:
	case ANSWER_PRESENT:
	case ANSWER_CONFLICT:
	case ANSWER_REFUSED:
		break;
	}
}

static struct op *
flight_op(const struct flight *f, size_t i)
{
	return &f->round->l->items[f->round->waiting[f->first + i]];
}

/* No answer at all: what may have been done once must not be done twice. */
static void
flight_lost(struct flight *f, const struct err *why, bool maybe_sent)
{
	struct round *r = f->round;

	r->lost = true;
	r->lost_err = *why;
	for (size_t i = 0; i < f->count; i++) {
		struct op *op = flight_op(f, i);

		if (op->state != OP_WAITING)
			continue;
		op->err = *why;
		op->tries++;
		op->sent |= maybe_sent;
		if (op->once && maybe_sent)
			op->state = OP_UNCERTAIN;
	}
}

static int
tree_keep(struct ops *l, struct json *tree)
{
	void *trees = l->trees;
	bool ok = room(&trees, &l->tree_size, l->tree_count,
	    sizeof(*l->trees)); // NOLINT(bugprone-sizeof-expression): a list of
				// pointers

	l->trees = trees;
	if (!ok)
		return ERR_NOMEM;
	l->trees[l->tree_count++] = tree;
	return 0;
}

static int
flight_read(struct flight *f, const struct json *root, struct err *e)
{
	const struct json *list = json_get(root, "responses");
	struct answer a;
	size_t which;
	int r;

	if (json_type(list) != JSON_LIST)
		return err_set(
		    e, ERR_PROTOCOL, "$batch: an answer without \"responses\"");
	for (size_t i = 0; i < json_count(list); i++) {
		r = batch_item_read(json_at(list, i), f->count, &which, &a, e);
		if (r < 0)
			return r;
		if (flight_op(f, which)->state == OP_WAITING)
			op_judge(f->round, flight_op(f, which), &a);
	}
	return 0;
}

static bool
flight_answered(struct flight *f, const struct json *root, struct err *e)
{
	return flight_read(f, root, e) == 0;
}

/* HTTP 200: each item has an answer, or is as good as lost. */
static void
flight_ok(struct flight *f, struct text body)
{
	struct json *root = NULL;
	struct err why;
	int r = json_parse(body, GRAPH_ANSWER_MAX, &root, &why);

	if (r == 0 && tree_keep(f->round->l, root) < 0) {
		json_free(root);
		r = err_set(&why, ERR_NOMEM, "out of memory");
	}
	if (r == 0 && flight_answered(f, root, &why)) {
		why = (struct err){0};
		(void)err_set(
		    &why, ERR_PROTOCOL, "$batch: an item without an answer");
		for (size_t i = 0; i < f->count; i++)
			if (flight_op(f, i)->state == OP_WAITING &&
			    flight_op(f, i)->answer.status == 0)
				flight_lost(f, &why, true);
		return;
	}
	flight_lost(f, &why, true);
}

/* Another status than 200 is that of every item. */
static void
flight_refused(struct flight *f, const struct http_response *h)
{
	struct round *r = f->round;
	struct answer a = {
	    .status = h->status, .retry_ms = http_response_retry_ms(h)};
	struct json *root = NULL;

	if (json_parse(h->body, GRAPH_ANSWER_MAX, &root, NULL) < 0)
		root = NULL;
	a.body = root;
	if (root != NULL && tree_keep(r->l, root) < 0)
		a.body = json_free(root);
	switch (answer_kind(&a)) {
	case ANSWER_WAIT:
	case ANSWER_FAULT:
	case ANSWER_TOKEN:
		for (size_t i = 0; i < f->count; i++)
			op_judge(r, flight_op(f, i), &a);
		break;
	case ANSWER_DONE:
	case ANSWER_MISSING:
	case ANSWER_PRESENT:
	case ANSWER_CONFLICT:
	case ANSWER_REFUSED:
		if (r->fatal == 0) {
			(void)answer_error(&a, &r->fatal_err);
			r->fatal = r->fatal_err.code =
			    h->status == 403 ? ERR_ACCESS : ERR_PROTOCOL;
			(void)err_prefix(&r->fatal_err, "$batch");
		}
		break;
	}
}

static void
flight_done(void *ctx, const struct http_response *h)
{
	struct flight *f = ctx;
	struct round *r = f->round;

	if (h->error == ERR_CONNECT) {
		flight_lost(f, &h->err, h->maybe_sent);
	} else if (h->error < 0) {
		flight_lost(f, &h->err, h->maybe_sent);
		if (r->fatal == 0) {
			r->fatal = h->error;
			r->fatal_err = h->err;
		}
	} else if (h->status == 200) {
		flight_ok(f, h->body);
	} else {
		flight_refused(f, h);
	}
	flight_free(f);
	/* a lost connection is not the time for more */
	if (r->fatal == 0 && !r->lost && !r->denied)
		r->fatal = flight_start(r, &r->fatal_err);
}

/* ---- Rounds ---- */

static int
round_collect(struct round *r, struct ops *l, struct err *e)
{
	*r = (struct round){.l = l, .retry_ms = -1};
	r->waiting = calloc(l->count + 1, sizeof(*r->waiting));
	if (r->waiting == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].state == OP_WAITING) {
			l->items[i].answer = (struct answer){0};
			r->waiting[r->count++] = i;
		}
	return 0;
}

static int
round_send(struct round *r, struct err *e)
{
	struct gconn *g = r->l->g;
	int ran, result = oauth_token(g->cloud.oauth, &r->token, e);

	if (result < 0)
		return result;
	for (size_t i = 0; i < g->parallel && result == 0; i++)
		result = flight_start(r, e);
	/* even after a failure: what is on its way must come home */
	ran = http_client_run(g->cloud.http, result == 0 ? e : NULL);
	if (result == 0)
		result = ran;
	if (result == 0 && r->fatal < 0) {
		if (e != NULL)
			*e = r->fatal_err;
		result = r->fatal;
	}
	return result;
}

static bool
any_waiting(const struct ops *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].state == OP_WAITING)
			return true;
	return false;
}

/* What a round says about the next: 0 go on. */
static int
round_judge(struct round *r, struct patience *p, struct err *e)
{
	struct gconn *g = r->l->g;
	int result;

	if (!any_waiting(r->l))
		return 0;
	if (r->denied) {
		if (p->renewed)
			return err_type(e, ERR_AUTH, "failed-authentication",
			    "%.*s refuses a fresh token",
			    TEXT_ARGS(http_url_host(g->endpoint)));
		p->renewed = true;
		oauth_forget(g->cloud.oauth);
		return 0;
	}
	if (!r->lost && !r->faulty)
		p->faults = 0;
	if (!r->lost && !r->faulty && !r->throttled)
		return 0; /* the rest of a round that stopped early */
	result =
	    patience_wait(&g->cloud, p, r->lost || r->faulty, r->retry_ms, e);
	if (result == ERR_BUSY && r->lost) {
		if (e != NULL)
			*e = r->lost_err;
		result = r->lost_err.code;
	}
	return result;
}

static void
unsent_mark(struct ops *l, const struct err *why)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].state == OP_WAITING) {
			l->items[i].state =
			    l->items[i].sent ? OP_UNCERTAIN : OP_UNSENT;
			l->items[i].err = *why;
		}
}

int
ops_run(struct ops *l, struct err *e)
{
	struct patience p = {0};
	struct round round;
	struct err why = {0};
	int r = 0;

	while (r == 0 && any_waiting(l)) {
		r = round_collect(&round, l, &why);
		if (r == 0)
			r = round_send(&round, &why);
		if (r == 0)
			r = round_judge(&round, &p, &why);
		free(round.waiting);
	}
	if (r == 0)
		return 0;
	unsent_mark(l, &why);
	if (r == ERR_BUSY) /* told to each op; the step may go on */
		return 0;
	if (e != NULL)
		*e = why;
	return r;
}
