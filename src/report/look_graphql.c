/* GraphQL over WebSocket, in the words of who subscribes. */
#include "base/text.h"
#include "fact/all.h"
#include "report/look.h"

static const struct obs *of(const struct look *l, const struct kind *kind)
{
	return scope_find(&l->scope, kind, &exp_gql_init, NULL);
}

static enum seen say(struct look *l, const struct obs *o, enum seen seen)
{
	obs_say(&l->text, o);
	return seen;
}

static enum seen look_hello(struct look *l)
{
	const struct obs *ack = of(l, &gql_ack), *init = of(l, &gql_init);
	const struct obs *no = of(l, &gql_refused), *silent = of(l, &gql_unanswered);

	if (!look_speaks(l, "graphql"))
		return OMIT;
	if (ack)
		return say(l, ack, GOOD);
	ack = scope_find(&l->scope, &run_works, &exp_gql_other, NULL);
	if (ack)
		return say(l, ack, DOUBTFUL);
	if (no || silent)
		return say(l, no ? no : silent, BAD);
	if (!init)
		return NOT_SEEN;
	buf_addz(&l->text, "connection_init ended the connection");
	return BAD;
}

/* Which of the two the server speaks, by its own words. */
static enum seen look_generation(struct look *l)
{
	const struct obs *sides = scope_find(&l->scope, &gql_sides, NULL, NULL),
			 *ack = of(l, &gql_ack);

	if (!look_speaks(l, "graphql") || (!sides && !obs_has(ack, &k_generation)))
		return OMIT;
	if (sides)
		return say(l, sides, obs_int(sides, &k_named) ? BAD : DOUBTFUL);
	text_visible(&l->text, obs_text(ack, &k_generation));
	buf_addz(&l->text, obs_is(ack, &k_generation, "graphql-ws")
				   ? " of subscriptions-transport-ws, which is maintained no more"
				   : " of the library graphql-ws");
	return GOOD;
}

static const struct look_row rows[] = {
	{"protocol", 0, look_generation, NULL},
	{"hello", LOOK_STAGE(SESSION), look_hello, "no connection_ack"},
	{NULL},
};

const struct looks looks_graphql = {"graphql", rows, NULL};
