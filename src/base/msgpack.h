/* MessagePack as JSON text and back, for packets of Socket.IO: what notepack.io writes, which its
 * msgpack parser and its Redis adapters use. Binary stands in the JSON as socket.io-parser's
 * placeholders, {"_placeholder":true,"num":0}. */
#ifndef BASE_MSGPACK_H
#define BASE_MSGPACK_H

#include "base/buf.h"

#define MSGPACK_BYTES_MAX 64
#define MSGPACK_PLACEHOLDER "{\"_placeholder\":true,\"num\":"

/* The binary values in order: views. */
struct msgpack_bytes {
	struct span v[MSGPACK_BYTES_MAX];
	unsigned n;
};

/* Adds the one value that `data` is. Where bytes is NULL, binary is written as "<5 bytes>". Numbers
 * are those of JavaScript; undefined, NaN and infinity become null. False: it is no MessagePack, is
 * deeper than 64, has too much binary, or does not fit. Never reserves what a head claims. */
bool msgpack_json(struct buf *json, struct span data, struct msgpack_bytes *bytes);

/* Adds JSON as MessagePack, each number and length in its shortest form, as notepack.io does. A
 * placeholder with a number below bytes->n is that binary; bytes may be NULL. Integers from 2^53 on
 * are written as the double they are in JavaScript. False: it is no JSON, or does not fit. */
bool msgpack_write(struct buf *out, struct span json, const struct msgpack_bytes *bytes);

#endif
