#include "reader/curl.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "base/text.h"
#include "reader/curl_inside.h"

enum kind {
	KIND_FLAG,   /* bool */
	KIND_TEXT,   /* struct span */
	KIND_LIST,   /* struct curl_list */
	KIND_PROXY,  /* struct span; `scheme` in front */
	KIND_VALUE,  /* takes a value that does not matter here */
	KIND_NOTHING /* takes none, and does not matter either */
};

struct row {
	const char *name;
	char letter;
	enum kind kind;
	size_t offset;
	const char *scheme;
};

#define AT(member) offsetof(struct curl, member)

static const struct row rows[] = {
	{"header", 'H', KIND_LIST, AT(header_lines)},
	{"user", 'u', KIND_TEXT, AT(user)},
	{"cookie", 'b', KIND_LIST, AT(cookies)},
	{"user-agent", 'A', KIND_TEXT, AT(user_agent)},
	{"referer", 'e', KIND_TEXT, AT(referer)},
	{"oauth2-bearer", 0, KIND_TEXT, AT(bearer)},
	{"url", 0, KIND_LIST, AT(words)},
	{"request", 'X', KIND_TEXT, AT(method)},
	{"insecure", 'k', KIND_FLAG, AT(insecure)},
	{"ipv4", '4', KIND_FLAG, AT(ipv4)},
	{"ipv6", '6', KIND_FLAG, AT(ipv6)},
	{"location", 'L', KIND_FLAG, AT(follow)},
	{"location-trusted", 0, KIND_FLAG, AT(follow)},
	{"head", 'I', KIND_FLAG, AT(head)},
	{"http1.1", 0, KIND_FLAG, AT(http11)},
	{"http2", 0, KIND_FLAG, AT(http2)},
	{"http2-prior-knowledge", 0, KIND_FLAG, AT(http2)},
	{"http3", 0, KIND_FLAG, AT(http2)},
	{"http3-only", 0, KIND_FLAG, AT(http2)},
	{"proxy", 'x', KIND_PROXY, AT(proxy), ""},
	{"preproxy", 0, KIND_PROXY, AT(proxy), ""},
	{"socks4", 0, KIND_PROXY, AT(proxy), "socks4://"},
	{"socks4a", 0, KIND_PROXY, AT(proxy), "socks4a://"},
	{"socks5", 0, KIND_PROXY, AT(proxy), "socks5://"},
	{"socks5-hostname", 0, KIND_PROXY, AT(proxy), "socks5h://"},
	{"proxy-user", 'U', KIND_TEXT, AT(proxy_user)},
	{"resolve", 0, KIND_LIST, AT(resolve)},
	{"connect-to", 0, KIND_LIST, AT(connect_to)},
	{"cacert", 0, KIND_TEXT, AT(cacert)},
	{"cert", 'E', KIND_TEXT, AT(cert)},
	{"key", 0, KIND_TEXT, AT(key)},
	{"max-time", 'm', KIND_TEXT, AT(max_time)},
	{"connect-timeout", 0, KIND_TEXT, AT(connect_timeout)},
};

/* All other options of curl 8, so that none of their values is taken for a URL. LETTER=name, or
 * name. */
static const char with_value[] =
	"abstract-unix-socket alt-svc aws-sigv4 capath cert-type ciphers K=config C=continue-at "
	"c=cookie-jar create-file-mode "
	"crlfile curves data-ascii delegation dns-interface dns-ipv4-addr dns-ipv6-addr "
	"dns-servers doh-url D=dump-header ech "
	"egd-file engine etag-compare etag-save expect100-timeout ftp-account "
	"ftp-alternative-to-user ftp-method P=ftp-port "
	"ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip hostpubmd5 hostpubsha256 hsts "
	"interface ip-tos ipfs-gateway "
	"keepalive-cnt keepalive-time key-type krb libcurl limit-rate local-port login-options "
	"mail-auth mail-from mail-rcpt "
	"max-filesize max-redirs netrc-file noproxy o=output output-dir parallel-max pass "
	"pinnedpubkey proto proto-default "
	"proto-redir proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers "
	"proxy-crlfile proxy-header proxy-key "
	"proxy-key-type proxy-pass proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers "
	"proxy-tlsauthtype "
	"proxy-tlspassword proxy-tlsuser proxy1.0 pubkey Q=quote random-file r=range rate "
	"request-target retry retry-delay "
	"retry-max-time sasl-authzid service-name socks5-gssapi-service Y=speed-limit y=speed-time "
	"stderr t=telnet-option "
	"tftp-blksize z=time-cond tls-max tls13-ciphers tlsauthtype tlspassword tlsuser trace "
	"trace-ascii trace-config "
	"unix-socket T=upload-file url-query variable vlan-priority w=write-out";
static const char with_data[] =
	"d=data data-ascii data-binary data-raw data-urlencode F=form form-string json";
static const char without_value[] =
	"anyauth a=append basic ca-native cert-status compressed compressed-ssh create-dirs crlf "
	"digest q=disable disable-eprt "
	"disable-epsv disallow-username-in-url doh-cert-status doh-insecure f=fail fail-early "
	"fail-with-body false-start "
	"form-escape ftp-create-dirs ftp-pasv ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc "
	"ftp-ssl-control G=get g=globoff "
	"haproxy-protocol http0.9 0=http1.0 ignore-content-length i=include show-headers "
	"j=junk-session-cookies l=list-only "
	"mail-rcpt-allowfails M=manual metalink mptcp negotiate n=netrc netrc-optional no-alpn "
	"N=no-buffer no-clobber "
	"no-keepalive no-npn no-progress-meter no-sessionid ntlm ntlm-wb Z=parallel "
	"parallel-immediate path-as-is post301 "
	"post302 post303 #=progress-bar proxy-anyauth proxy-basic proxy-ca-native proxy-digest "
	"proxy-http2 proxy-insecure "
	"proxy-negotiate proxy-ntlm proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 "
	"p=proxytunnel raw "
	"J=remote-header-name O=remote-name remote-name-all R=remote-time remove-on-error "
	"retry-all-errors retry-connrefused "
	"sasl-ir S=show-error s=silent skip-existing socks5-basic socks5-gssapi socks5-gssapi-nec "
	"ssl ssl-allow-beast "
	"ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort 2=sslv2 3=sslv3 "
	"styled-output "
	"suppress-connect-headers tcp-fastopen tcp-nodelay tftp-no-options tls-earlydata 1=tlsv1 "
	"tlsv1.0 tlsv1.1 tlsv1.2 "
	"tlsv1.3 tr-encoding trace-ids trace-time B=use-ascii v=verbose V=version xattr h=help";

void curl_note(struct curl *c, const char *name, bool harmless, const char *format, ...)
{
	struct buf text = {.max = 1024};
	va_list args;

	if (c->n_mistakes == CURL_MISTAKES_MAX)
		return;
	va_start(args, format);
	buf_vaddf(&text, format, args);
	va_end(args);
	c->mistakes[c->n_mistakes++] =
		(struct curl_mistake){name, arena_copy(&c->arena, buf_span(&text)), harmless};
	buf_deinit(&text);
}

/* A word that may be shown: short, visible. In the arena. */
static const char *shown(struct curl *c, struct span word)
{
	struct buf text = {0};
	const char *z;

	text_visible(&text, span_head(word, 60));
	z = arena_z(&c->arena, buf_span(&text));
	buf_deinit(&text);
	return z;
}

static bool in_list(const char *list, struct span name, char letter)
{
	struct span left = span_of(list), item;

	while (span_cut(&left, ' ', &item)) {
		bool lettered = item.n > 1 && item.p[1] == '=';

		if (letter ? lettered && item.p[0] == letter
			   : span_eq(span_from(item, lettered ? 2 : 0), name))
			return true;
	}
	return false;
}

/* By name, or by letter when that is not 0. */
static bool find_row(struct span name, char letter, struct row *out)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (letter ? rows[i].letter == letter : span_eq(span_of(rows[i].name), name)) {
			*out = rows[i];
			return true;
		}
	}
	*out = (struct row){.kind = KIND_NOTHING};
	if (in_list(with_data, name, letter))
		*out = (struct row){.kind = KIND_VALUE, .offset = AT(data)};
	else if (in_list(with_value, name, letter))
		*out = (struct row){.kind = KIND_VALUE};
	else
		return in_list(without_value, name, letter);
	return true;
}

static void list_add(struct curl_list *l, struct span value)
{
	if (l->n < CURL_LIST_MAX)
		l->v[l->n++] = value;
}

static void set(struct curl *c, const struct row *row, struct span value)
{
	void *to = (char *)c + row->offset;

	switch (row->kind) {
	case KIND_FLAG:
		*(bool *)to = true;
		break;
	case KIND_TEXT:
		*(struct span *)to = value;
		break;
	case KIND_LIST:
		list_add(to, value);
		break;
	case KIND_PROXY:
		*(struct span *)to = arena_fmt(&c->arena, "%s%.*s", row->scheme, SPANF(value));
		break;
	case KIND_VALUE:
		c->data |= row->offset != 0;
		break;
	case KIND_NOTHING:
		break;
	}
}

/* The words of the command, one by one. */
struct args {
	struct curl *curl;
	const struct shell *shell;
	size_t at;
};

static bool next_word(struct args *a, struct span *word)
{
	if (a->at >= a->shell->n)
		return false;
	*word = a->shell->words[a->at++].text;
	return true;
}

static bool looks_like_option(struct span word)
{
	return word.n > 1 && word.p[0] == '-';
}

/* -H Upgrade: websocket, without quotes: curl gets the name alone, and the value as a URL. */
static struct span whole_header(struct args *a, struct span value)
{
	struct span next;

	if (a->shell->words[a->at - 1].quoted || !span_ends(value, SPAN(":")) ||
		a->at >= a->shell->n)
		return value;
	next = a->shell->words[a->at].text;
	if (looks_like_option(next) || span_find(next, SPAN("://")) >= 0)
		return value;
	a->at++;
	curl_note(a->curl, "unquoted-header", false,
		"-H %s without quotes: curl sends no such header and takes what follows for a URL; "
		"write -H '%s …'",
		shown(a->curl, value), shown(a->curl, value));
	return arena_fmt(&a->curl->arena, "%.*s %.*s", SPANF(value), SPANF(next));
}

static void take_value(struct args *a, const struct row *row, struct span option)
{
	struct span value;

	if (!next_word(a, &value)) {
		curl_note(a->curl, "value-missing", false, "%s at the end needs a value",
			shown(a->curl, option));
		return;
	}
	if (row->offset == AT(header_lines) && row->kind == KIND_LIST)
		value = whole_header(a, value);
	set(a->curl, row, value);
}

static bool wants_value(const struct row *row)
{
	return row->kind != KIND_FLAG && row->kind != KIND_NOTHING;
}

static void take_long(struct args *a, struct span word)
{
	struct span value = span_from(word, 2), name;
	struct row row;

	span_cut(&value, '=', &name);
	if (!find_row(name, 0, &row)) {
		/* --no-X undoes the flag X */
		if (!(span_starts(name, SPAN("no-")) && find_row(span_from(name, 3), 0, &row)))
			curl_note(a->curl, "unknown-option", true,
				"%s is not an option of curl that is known here; it was left out",
				shown(a->curl, (struct span){word.p, name.n + 2}));
		return;
	}
	if (!value.p) {
		if (wants_value(&row))
			take_value(a, &row, word);
		else
			set(a->curl, &row, value);
		return;
	}
	curl_note(a->curl, "equals-sign", false,
		"curl knows no --%s=…; write --%s and the value as words of their own",
		shown(a->curl, name), shown(a->curl, name));
	set(a->curl, &row, value);
}

static void take_letters(struct args *a, struct span word)
{
	for (size_t i = 1; i < word.n; i++) {
		struct row row;

		if (!find_row((struct span){0}, word.p[i], &row)) {
			curl_note(a->curl, "unknown-option", true,
				"-%s is not an option of curl that is known here; it was left out",
				shown(a->curl, (struct span){word.p + i, 1}));
		} else if (!wants_value(&row)) {
			set(a->curl, &row, (struct span){0});
		} else if (i + 1 < word.n) {
			set(a->curl, &row, span_from(word, i + 1));
			return;
		} else {
			take_value(a, &row, (struct span){(const char[]){'-', word.p[i]}, 2});
			return;
		}
	}
}

static void take_words(struct args *a)
{
	bool only_words = false;
	struct span word;

	while (next_word(a, &word)) {
		if (only_words || !looks_like_option(word))
			list_add(&a->curl->words, word);
		else if (span_eq(word, SPAN("--")))
			only_words = true;
		else if (span_eq(word, SPAN("--next")) || span_eq(word, SPAN("-:")))
			return;
		else if (word.p[1] == '-')
			take_long(a, word);
		else
			take_letters(a, word);
	}
}

const struct curl_header *curl_header(const struct curl *c, const char *name)
{
	for (size_t i = 0; i < c->n_headers; i++)
		if (span_ieq(c->headers[i].name, span_of(name)))
			return &c->headers[i];
	return NULL;
}

static void add_header(struct curl *c, struct span name, struct span value)
{
	if (c->n_headers < CURL_LIST_MAX)
		c->headers[c->n_headers++] = (struct curl_header){name, value};
}

static void header_of_line(struct curl *c, struct span line)
{
	ssize_t colon = span_chr(line, ':');
	struct span name;

	if (span_starts(line, SPAN("@"))) {
		curl_note(c, "header-file", true,
			"-H %s: the file was not read; give it to wsdx as an option of its own",
			shown(c, line));
	} else if (colon <= 0 && span_ends(line, SPAN(";"))) {
		add_header(c, span_head(line, line.n - 1), (struct span){0});
	} else if (colon <= 0) {
		curl_note(c, "header-without-colon", false,
			"a header without a colon is not sent; write -H 'Name: value'");
	} else {
		name = span_trim(span_head(line, (size_t)colon));
		/* "Name:" without a value takes one of curl's own headers away */
		if (span_trim(span_from(line, (size_t)colon + 1)).n)
			add_header(c, name, span_trim(span_from(line, (size_t)colon + 1)));
	}
}

static void header_of_user(struct curl *c)
{
	struct span plain = c->user;
	char *coded;
	int n;

	if (span_chr(plain, ':') < 0)
		plain = arena_fmt(&c->arena, "%.*s:", SPANF(plain));
	coded = arena_alloc(&c->arena, (plain.n + 2) / 3 * 4 + 1);
	n = EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)plain.p, (int)plain.n);
	add_header(c, SPAN("Authorization"), arena_fmt(&c->arena, "Basic %.*s", n, coded));
}

static void collect_headers(struct curl *c)
{
	for (size_t i = 0; i < c->header_lines.n; i++)
		header_of_line(c, c->header_lines.v[i]);
	for (size_t i = 0; i < c->cookies.n; i++) {
		if (span_chr(c->cookies.v[i], '=') >= 0)
			add_header(c, SPAN("Cookie"), c->cookies.v[i]);
		else
			curl_note(c, "cookie-file", true,
				"-b without an = names a cookie file, which was not read");
	}
	if (c->user_agent.n && !curl_header(c, "User-Agent"))
		add_header(c, SPAN("User-Agent"), c->user_agent);
	if (c->referer.n && !curl_header(c, "Referer"))
		add_header(c, SPAN("Referer"), c->referer);
	if (c->bearer.n && !curl_header(c, "Authorization"))
		add_header(c, SPAN("Authorization"),
			arena_fmt(&c->arena, "Bearer %.*s", SPANF(c->bearer)));
	if (c->user.n && !curl_header(c, "Authorization"))
		header_of_user(c);
}

static void join_proxy_user(struct curl *c)
{
	ssize_t scheme = span_find(c->proxy, SPAN("://"));
	size_t at = scheme < 0 ? 0 : (size_t)scheme + 3;

	if (!c->proxy.n || !c->proxy_user.n || span_chr(c->proxy, '@') >= 0)
		return;
	c->proxy = arena_fmt(&c->arena, "%.*s%.*s@%.*s", SPANF(span_head(c->proxy, at)),
		SPANF(c->proxy_user), SPANF(span_from(c->proxy, at)));
}

static bool looks_like_url(struct span word)
{
	return span_find(word, SPAN("://")) > 0 || span_chr(word, '.') > 0 ||
	       span_istarts(word, SPAN("localhost")) || span_chr(word, ':') > 0 ||
	       span_starts(word, SPAN("["));
}

/* Of several words that are no options the first that looks like a URL, else the first. */
static bool choose_url(struct curl *c)
{
	size_t urls = 0;

	for (size_t i = c->words.n; i-- > 0;) {
		if (!looks_like_url(c->words.v[i]))
			continue;
		c->url = c->words.v[i];
		urls++;
	}
	if (urls > 1)
		curl_note(c, "several-urls", true,
			"the command names %zu URLs; the first one counts here", urls);
	if (!c->url.n && c->words.n)
		c->url = c->words.v[0];
	return c->url.n > 0;
}

static bool is_curl(struct span word)
{
	return span_eq(word, SPAN("curl")) || span_ends(word, SPAN("/curl")) ||
	       span_ieq(word, SPAN("curl.exe"));
}

/* The command may stand behind a prompt, sudo, time, kubectl exec … --. */
static bool find_curl(struct shell *s, size_t *at)
{
	while (shell_read(s))
		for (size_t i = 0; i < s->n; i++)
			if (is_curl(s->words[i].text)) {
				*at = i + 1;
				return true;
			}
	return false;
}

static bool fail(const char **why, const char *text)
{
	*why = text;
	return false;
}

bool curl_read(
	struct curl *out, struct span text, const char *(*env)(const char *name), const char **why)
{
	struct shell *s;
	struct args a = {.curl = out};

	*out = (struct curl){0};
	if (text.n > CURL_TEXT_MAX)
		return fail(why, "a curl command of more than 64 KiB is not read");
	s = ARENA_NEW(&out->arena, struct shell);
	s->rest = text;
	s->arena = &out->arena;
	s->env = env;
	a.shell = s;
	if (!find_curl(s, &a.at))
		return fail(why, "there is no curl command in it");
	curl_judge_shell(out, &s->seen);
	take_words(&a);
	if (!choose_url(out))
		return fail(why, "the curl command names no URL");
	collect_headers(out);
	join_proxy_user(out);
	curl_judge_handshake(out);
	return true;
}

void curl_deinit(struct curl *c)
{
	arena_deinit(&c->arena);
	*c = (struct curl){0};
}
