/* Engine.IO and Socket.IO, broken: each fault has a server of the role's kind for itself, with
 * rules of its own, and may answer a request before that server sees it. */
#ifndef SERVE_FAULT_EIO_H
#define SERVE_FAULT_EIO_H

#include "serve/fault.h"
#include "serve/sio.h"

struct stage {
	struct sio_server server; /* the first: it is the role's state */
	struct eio_rules rules;
	struct eio_app app;
	unsigned asked; /* requests with a session id */
};

struct eio_how {
	void (*rule)(struct eio_rules *r, const struct fault_params *p); /* NULL: as usual */
	/* True: it has answered. NULL: nothing is done. */
	bool (*before)(struct call *c, struct stage *s, const struct eio_request *r);
	/* After the server has seen it, and the connection stands. */
	void (*after)(struct call *c, struct stage *s, const struct eio_request *r);
	const struct eio_app *app; /* NULL: that of the role */
	const struct http_header *more;
	size_t n_more;
};

void fault_eio(struct call *c, const struct eio_how *how);

#endif
