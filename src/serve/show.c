/* Which fault a request is shown, and the fiber that shows it. */
#include <stdlib.h>

#include "serve/far.h"
#include "serve/platform.h"

static void echo(struct call *c, enum ws_opcode opcode, struct span data)
{
	ws_send(c->ws, opcode, data);
}

/* A fault that returns without a last word has none to say. */
static void tell_story(void *arg)
{
	struct call *c = arg;

	c->goes_on = false;
	c->fault->run(c);
	link_disown(c->k);
	if (c->goes_on && link_open(c->k)) {
		c->fault = NULL;
		call_next(c);
	} else if (!c->ending || link_over(c->k))
		c->over = true;
	far_retire(c);
}

static void show(struct call *c, const struct fault *f)
{
	if (c->fiber) /* of the request before, whose story is told */
		fiber_join(c->fiber);
	c->show->stage = NULL;
	c->show->n_more = 0;
	c->show->turn = c->far->turns[f - fault_all]++;
	c->fault = f;
	c->show->hear = echo;
	loop_timer_stop(c->far->loop, &c->timer);
	c->fiber = fiber_start(c->far->loop, tell_story, c);
	if (!c->fiber) {
		c->over = true;
		far_retire(c);
	}
}

/* What is known of a fault, with its own parameters. */
static struct call_show *show_of(struct call *c, const struct fault_params *params)
{
	if (!c->show)
		c->show = calloc(1, sizeof(*c->show));
	if (!c->show)
		abort();
	c->show->params = *params;
	return c->show;
}

static void take_query(struct call *c, struct span query)
{
	struct span word;

	/* a client's own parameters are its own affair, and listeners are --fault's */
	while (span_cut(&query, '&', &word))
		if (!span_starts(word, SPAN("at=")))
			fault_param(&c->show->params, word, NULL);
}

static void no_such_fault(struct call *c, struct span id)
{
	struct buf text = {.max = 1024};
	const char *like = fault_like(id);

	buf_addz(&text, "no such fault");
	if (like)
		buf_addf(&text, "; did you mean /fault/%s?", like);
	buf_addz(&text, like ? " All are listed at /fault/\n" : "; all are listed at /fault/\n");
	call_answer(c, "404 Not Found", "Content-Type: text/plain\r\n", buf_span(&text));
	buf_deinit(&text);
}

/* False: a parameter of faults has a value that it cannot have, and that was the answer. */
static bool is_sound(struct call *c, struct span query)
{
	struct fault_params none = {0};
	struct buf why = {.max = 2048};
	struct span word;

	while (!why.n && span_cut(&query, '&', &word))
		if (fault_param_is_known(word) && fault_param(&none, word, &why))
			buf_clear(&why);
	if (!why.n)
		return true;
	buf_addc(&why, '\n');
	call_answer(c, "400 Bad Request", "Content-Type: text/plain\r\n", buf_span(&why));
	buf_deinit(&why);
	return false;
}

/* Behind /fault/: ID, or ID and the path below it. */
static void answer_fault(struct call *c, struct span path, struct span query)
{
	ssize_t slash = span_chr(path, '/');
	struct span id = span_head(path, slash < 0 ? path.n : (size_t)slash);
	const struct fault *f = fault_find(id);

	if (!path.n) {
		far_list_faults(c);
		return;
	}
	if (!f) {
		if (!far_show_root(c, path))
			no_such_fault(c, id);
		return;
	}
	if (f->place > FAULT_OWN) {
		far_point_at_listener(c, f);
		return;
	}
	if (!is_sound(c, query))
		return;
	show_of(c, &f->params)->below = slash < 0 ? SPAN("/") : span_from(path, (size_t)slash);
	take_query(c, query);
	show(c, f);
}

/* The fault of --fault whose turn it is; NULL: healthy. */
static const struct fault *take_turn(struct call *c)
{
	const struct opt_list *list = call_ask(c)->faults;
	const struct fault *f;
	struct span rest, word = {0};
	size_t n = 0, at;

	for (size_t i = 0; i < list->n; i++)
		n += !serve_fault_apart(list->v[i]);
	if (!n)
		return NULL;
	if (!c->turned) {
		at = c->far->next++ % n;
		for (n = 0; serve_fault_apart(list->v[n]) || at--; n++)
			;
		c->turned = n + 1;
	}
	rest = list->v[c->turned - 1];
	span_cut(&rest, ',', &word);
	f = fault_find(word);
	if (f)
		show_of(c, &f->params);
	while (f && span_cut(&rest, ',', &word))
		fault_param(&c->show->params, word, NULL);
	return f;
}

/* What the door shows, or the turn. */
static const struct fault *shown_here(struct call *c, struct span query)
{
	if (!c->door->fault)
		return take_turn(c);
	show_of(c, &c->door->params);
	if (call_ask(c)->show_faults)
		take_query(c, query);
	return c->door->fault;
}

/* The parameters of a fault are views of the path kept. */
bool far_show(struct call *c)
{
	const struct fault *f;
	struct span path, query;
	ssize_t mark;

	buf_clear(&c->path);
	buf_add(&c->path, call_head(c)->target);
	mark = span_chr(buf_span(&c->path), '?');
	path = span_head(buf_span(&c->path), mark < 0 ? c->path.n : (size_t)mark);
	query = mark < 0 ? (struct span){0} : span_from(buf_span(&c->path), (size_t)mark + 1);
	if (call_ask(c)->show_faults && !c->door->fault &&
		(span_starts(path, SPAN("/fault/")) || span_eq(path, SPAN("/fault")))) {
		answer_fault(c, span_from(path, 7), query);
		return true;
	}
	f = shown_here(c, query);
	if (!f && (f = platform_fault(c)))
		show_of(c, &f->params);
	if (f) {
		c->show->below = path;
		show(c, f);
	} else
		buf_deinit(&c->path);
	return f != NULL;
}
