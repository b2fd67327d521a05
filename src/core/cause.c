#include "core/cause.h"

const char *stage_name(enum stage s)
{
	static const char *const names[STAGE_COUNT] = {
		[STAGE_DNS] = "dns",
		[STAGE_TCP] = "tcp",
		[STAGE_PROXY] = "proxy",
		[STAGE_TLS] = "tls",
		[STAGE_HTTP] = "http",
		[STAGE_UPGRADE] = "upgrade",
		[STAGE_AUTH] = "auth",
		[STAGE_FRAME] = "frame",
		[STAGE_EXTENSION] = "extension",
		[STAGE_KEEPALIVE] = "keepalive",
		[STAGE_TRANSPORT] = "transport",
		[STAGE_SESSION] = "session",
		[STAGE_CLUSTER] = "cluster",
		[STAGE_APP] = "app",
		[STAGE_PLATFORM] = "platform",
		[STAGE_LIMIT] = "limit",
	};

	return names[s];
}

const char *severity_name(enum severity s)
{
	static const char *const names[] = {[INFO] = "info", [WARNING] = "warning", [ERROR] = "error"};

	return names[s];
}

bool cause_explains(const struct cause *a, const struct cause *b)
{
	struct span list = span_of(a->explains), id;

	while (span_cut(&list, ' ', &id))
		if (span_eq(id, span_of(b->id)))
			return true;
	return false;
}
