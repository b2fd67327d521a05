/* The connections that --idle holds open side by side, and how each ended. */
#ifndef CAUSE_HELD_H
#define CAUSE_HELD_H

#include "base/ns.h"
#include "core/rule.h"

struct held {
	const struct obs *open; /* NULL: there is none of this role */
	const struct obs
		*end; /* the peer ended it: conn.end; NULL: it lived to the end of the hold */
	const struct obs *close; /* the server's Close frame, when it began the closing */
	ns age, idle;		 /* at its end */
};

struct held held_get(const struct scope *s, const struct tag *role);

/* How long they were held; 0: --idle was not asked for, or did not end. */
ns held_for(const struct scope *s);

/* The same time, within half a second and 3 %. */
bool held_like(ns a, ns b);

/* One that sent more than the silent one: the pinged, else the chatty. */
struct held held_busy(const struct scope *s);

#endif
