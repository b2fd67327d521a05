/* The other Socket.IO servers of a cluster, through Redis, as @socket.io/redis-adapter 8 speaks:
 * events that are for their clients too are published, theirs are said to ours, and what they ask
 * is answered. */
#ifndef SERVE_SIO_CLUSTER_H
#define SERVE_SIO_CLUSTER_H

#include "serve/sio.h"

/* Connects by and by, and again when it is lost. */
struct sio_cluster *sio_cluster_new(struct sio_server *s);
/* Ends its connections; from within a fiber. All of these are safe where there is no cluster. */
void sio_cluster_stop(struct sio_cluster *c);
void sio_cluster_free(struct sio_cluster *c);

void sio_cluster_emit(
	struct sio_namespace *in, const struct sio_emit *e, const struct sio_whom *whom);
/* A room has its first member, or has lost its last one. */
void sio_cluster_room(struct sio_namespace *in, struct span room, bool begins);
/* A member acknowledged an event. */
void sio_cluster_acked(struct sio_member *m, const struct sio_packet *p);

#endif
