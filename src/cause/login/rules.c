#include "cause/all.h"
#include "cause/evidence.h"
#include "cause/greeted.h"
#include "fact/all.h"

/* Refused for want of a login that stayed at home says nothing. */
static enum ruling no_login(const struct scope *s, struct finding *f, const char *protocol)
{
	const struct obs *no = greeted_refused(s, protocol), *asked = greeted_asked(s);

	if (!asked)
		asked = scope_find(s, &http_request, &exp_hello, NULL);
	if (no && evidence_withheld(s, asked))
		return unseen_because(f,
			"credentials are not sent over TLS that does not verify (-k sends them)");
	return greeted_refused_for(s, f, protocol, "credentials not-authorised");
}

enum ruling rule_mqtt_not_authorised(const struct scope *s, struct finding *f)
{
	return no_login(s, f, "mqtt");
}

enum ruling rule_stomp_not_authorised(const struct scope *s, struct finding *f)
{
	return no_login(s, f, "stomp");
}

enum ruling rule_mqtt_client_id_refused(const struct scope *s, struct finding *f)
{
	return greeted_refused_for(s, f, "mqtt", "client-id");
}

enum ruling rule_stomp_vhost_refused(const struct scope *s, struct finding *f)
{
	return greeted_refused_for(s, f, "stomp", "elsewhere");
}

enum ruling rule_actioncable_unauthorized(const struct scope *s, struct finding *f)
{
	return no_login(s, f, "actioncable");
}
