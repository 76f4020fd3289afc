/* sample_curl.c - the sample image's `curl`: enough of it for health checks, static and small.
 *
 * Understands -f -s -S -I -k -v (also as -fsS), -o FILE, -m SECONDS, -H HEADER and their long names,
 * and http:// URLs. Exit codes are curl's own: 0, 2 usage, 3 URL, 1 protocol, 6 look-up, 7 connect,
 * 22 status of 400 or more with -f, 23 write, 28 too late, 52 no answer, 56 broken connection.
 */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static int fails, silent, shows_error, head_only;
static const char *output;
static char headers[4096];

static int quit(int code, const char *format, ...) {
  if (!silent || shows_error) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "curl: (%d) ", code);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
  }
  exit(code);
}

static void too_late(int signal) {
  (void)signal;
  static const char text[] = "curl: (28) Operation timed out\n";
  if ((!silent || shows_error) && write(2, text, sizeof text - 1) < 0) _exit(28);
  _exit(28);
}

static void add_header(const char *line) {
  if (strlen(headers) + strlen(line) + 3 > sizeof headers) quit(2, "headers too long");
  strcat(strcat(headers, line), "\r\n");
}

static void set_value(const char *name, const char *value) {
  if (!value) quit(2, "option %s: requires parameter", name);
  if (!strcmp(name, "-o") || !strcmp(name, "--output")) output = value;
  else if (!strcmp(name, "-H") || !strcmp(name, "--header")) add_header(value);
  else if (atof(value) <= 0) quit(2, "option %s: expected a positive number", name);
  else alarm((unsigned)(atof(value) + 0.999));
}

static int takes_value(const char *name) {
  static const char *const names[] = {"-o", "--output", "-m", "--max-time", "-H", "--header",
                                      "--connect-timeout"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; ++i)
    if (!strcmp(name, names[i])) return 1;
  return 0;
}

static void set_long_flag(const char *name) {
  if (!strcmp(name, "--fail")) fails = 1;
  else if (!strcmp(name, "--silent")) silent = 1;
  else if (!strcmp(name, "--show-error")) shows_error = 1;
  else if (!strcmp(name, "--head")) head_only = 1;
  else if (strcmp(name, "--insecure") && strcmp(name, "--verbose"))
    quit(2, "option %s: is unknown", name);
}

/* "-fsSo": flags, of which the last may want the next argument. */
static int set_short_flags(const char *flags, const char *next) {
  for (const char *at = flags + 1; *at; ++at) {
    char name[3] = {'-', *at, 0};
    if (takes_value(name)) {
      set_value(name, at[1] ? at + 1 : next);
      return at[1] ? 0 : 1;
    }
    if (*at == 'f') fails = 1;
    else if (*at == 's') silent = 1;
    else if (*at == 'S') shows_error = 1;
    else if (*at == 'I') head_only = 1;
    else if (*at != 'k' && *at != 'v') quit(2, "option %s: is unknown", name);
  }
  return 0;
}

static int connect_to(const char *host, const char *port) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
  if (getaddrinfo(host, port, &hints, &found)) quit(6, "Could not resolve host: %s", host);
  for (struct addrinfo *at = found; at; at = at->ai_next) {
    int fd = socket(at->ai_family, at->ai_socktype, 0);
    if (fd >= 0 && !connect(fd, at->ai_addr, at->ai_addrlen)) return fd;
    if (fd >= 0) close(fd);
  }
  return quit(7, "Failed to connect to %s port %s: %s", host, port, strerror(errno));
}

static void fetch(const char *url) {
  char authority[256], host[256], port[8] = "80", request[8192], line[8192];
  const char *rest = strstr(url, "://");
  if (rest && strncasecmp(url, "http://", 7)) quit(1, "Protocol of \"%s\" not supported", url);
  rest = rest ? rest + 3 : url;
  size_t length = strcspn(rest, "/?#");
  if (!length || length >= sizeof authority) quit(3, "URL using bad/illegal format");
  snprintf(authority, sizeof authority, "%.*s", (int)length, rest);
  rest += length;
  strcpy(host, *authority == '[' ? authority + 1 : authority);
  char *colon = *authority == '[' ? strchr(host, ']') : strchr(host, ':');
  if (colon && *colon == ']') {
    *colon++ = 0;
    if (!*colon) colon = NULL;
  }
  if (colon) {
    *colon = 0;
    snprintf(port, sizeof port, "%s", colon + 1);
  }

  int fd = connect_to(host, port);
  /* HTTP/1.0: the body ends with the connection. */
  int size = snprintf(request, sizeof request,
                      "%s %s%.*s HTTP/1.0\r\nHost: %s\r\nUser-Agent: curl\r\nAccept: */*\r\n%s\r\n",
                      head_only ? "HEAD" : "GET", *rest == '/' ? "" : "/",
                      (int)strcspn(rest, "#"), rest, authority, headers);
  if (size >= (int)sizeof request) quit(3, "URL too long");
  for (int sent = 0, more; sent < size; sent += more)
    if ((more = (int)write(fd, request + sent, (size_t)(size - sent))) < 0)
      quit(56, "Send failure: %s", strerror(errno));

  FILE *in = fdopen(fd, "r");
  int status = 0;
  if (!fgets(line, sizeof line, in) || sscanf(line, "HTTP/%*s %d", &status) != 1)
    quit(52, "Empty reply from server");
  if (fails && status >= 400) quit(22, "The requested URL returned error: %d", status);
  FILE *out = output && strcmp(output, "-") ? fopen(output, "w") : stdout;
  if (!out) quit(23, "Failed to open %s: %s", output, strerror(errno));
  if (head_only) fputs(line, out);
  while (fgets(line, sizeof line, in) && strcmp(line, "\r\n") && strcmp(line, "\n"))
    if (head_only) fputs(line, out);
  for (size_t got; !head_only && (got = fread(line, 1, sizeof line, in)) > 0;)
    if (fwrite(line, 1, got, out) != got) quit(23, "Failed writing body");
  if (ferror(in)) quit(56, "Recv failure: %s", strerror(errno));
  if (fflush(out)) quit(23, "Failed writing body");
}

int main(int count, char **arguments) {
  int urls = 0;
  signal(SIGALRM, too_late);
  signal(SIGPIPE, SIG_IGN);
  const char **url = calloc((size_t)count + 1, sizeof *url);
  for (int at = 1; at < count; ++at) {
    const char *argument = arguments[at];
    if (argument[0] != '-' || !argument[1]) url[urls++] = argument;
    else if (takes_value(argument)) set_value(argument, arguments[++at]);
    else if (argument[1] == '-') set_long_flag(argument);
    else at += set_short_flags(argument, arguments[at + 1]);
  }
  if (!urls) quit(2, "no URL specified");
  for (int at = 0; at < urls; ++at) fetch(url[at]);
  return 0;
}
