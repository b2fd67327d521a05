/* MQTT 3.1, 3.1.1 and 5.0 in binary WebSocket messages (MQTT 3.1.1 §6), or on the bytes of a
 * transport when it is the bottom layer. It decodes CONNECT, CONNACK, DISCONNECT, and names the
 * rest; a packet may lie across messages. */
#ifndef DIALECT_MQTT_MQTT_H
#define DIALECT_MQTT_MQTT_H

#include "dialect/ws/ws.h"

extern const struct dialect dialect_mqtt;

/* Protocol levels, MQTT 5.0 §3.1.2.2. */
enum mqtt_level { MQTT_3_1 = 3, MQTT_3_1_1 = 4, MQTT_5 = 5 };

struct mqtt_hello {
	enum mqtt_level level;
	struct span
		client_id; /* at most 23 bytes of letters and digits are taken by every server */
	struct span user, password; /* empty user: none; at most 65535 bytes each */
	unsigned keep_alive;	    /* seconds; 0: none */
};

/* Client seat. CONNECT with a clean session; DISCONNECT. */
void mqtt_say_connect(struct layer *mqtt, const struct mqtt_hello *hello);
void mqtt_say_disconnect(struct layer *mqtt);

#endif
