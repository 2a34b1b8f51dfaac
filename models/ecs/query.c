#include "models/ecs/query.h"
#include "models/ecs/java_regex.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <regex.h>
#include <stdlib.h>
#include <string.h>

typedef enum {
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_MATCHES,
    OP_NOT_MATCHES,
    OP_IN,
    OP_NOT_IN,
    OP_EXISTS,
    OP_NOT_EXISTS,
    OP_COUNT
} query_operator;

#define BIT(n)        (1u << (n))
#define EQUALITY      (BIT(OP_EQUAL) | BIT(OP_NOT_EQUAL))
#define RELATIONAL    (BIT(OP_GREATER) | BIT(OP_GREATER_EQUAL) | BIT(OP_LESS) | BIT(OP_LESS_EQUAL))
#define LISTS         (BIT(OP_IN) | BIT(OP_NOT_IN))
#define PATTERNS      (BIT(OP_MATCHES) | BIT(OP_NOT_MATCHES))
#define ALL_OPERATORS (BIT(OP_COUNT) - 1)

typedef enum {
    SUBJECT_AGENT_CONNECTED,
    SUBJECT_AGENT_VERSION,
    SUBJECT_EC2_INSTANCE_ID,
    SUBJECT_REGISTERED_AT,
    SUBJECT_RUNNING_TASKS,
    SUBJECT_TASK_GROUP,
    SUBJECT_ATTRIBUTE,
    SUBJECT_COUNT
} subject_kind;

/* clang-format off */
static const struct {
    const char *name;
    unsigned operators; /* E93 */
    unsigned reads;
} subjects[SUBJECT_COUNT] = {
    [SUBJECT_AGENT_CONNECTED] = {"agentConnected",    EQUALITY | LISTS | PATTERNS, QUERY_READS_AGENT},
    [SUBJECT_AGENT_VERSION]   = {"agentVersion",      EQUALITY | RELATIONAL,       QUERY_READS_IDENTITY},
    [SUBJECT_EC2_INSTANCE_ID] = {"ec2InstanceId",     EQUALITY | LISTS | PATTERNS, QUERY_READS_IDENTITY},
    [SUBJECT_REGISTERED_AT]   = {"registeredAt",      EQUALITY | RELATIONAL,       QUERY_READS_IDENTITY},
    [SUBJECT_RUNNING_TASKS]   = {"runningTasksCount", EQUALITY | RELATIONAL,       QUERY_READS_TASKS},
    [SUBJECT_TASK_GROUP]      = {"task:group",        ALL_OPERATORS,               QUERY_READS_TASKS},
    [SUBJECT_ATTRIBUTE]       = {"attribute:",        ALL_OPERATORS,               0},
};

/* Symbols may touch what follows; longer ones first. Words must end at a blank, bracket or quote. */
static const struct {
    const char *text;
    query_operator op;
} operators[] = {
    {"!exists", OP_NOT_EXISTS}, {"!in", OP_NOT_IN},
    {"==", OP_EQUAL}, {"!=", OP_NOT_EQUAL}, {">=", OP_GREATER_EQUAL}, {"<=", OP_LESS_EQUAL},
    {"=~", OP_MATCHES}, {"!~", OP_NOT_MATCHES}, {">", OP_GREATER}, {"<", OP_LESS},
    {"equals", OP_EQUAL}, {"not_equals", OP_NOT_EQUAL},
    {"greater_than_equal", OP_GREATER_EQUAL}, {"greater_than", OP_GREATER},
    {"less_than_equal", OP_LESS_EQUAL}, {"less_than", OP_LESS},
    {"matches", OP_MATCHES}, {"not_matches", OP_NOT_MATCHES},
    {"in", OP_IN}, {"not_in", OP_NOT_IN}, {"exists", OP_EXISTS}, {"not_exists", OP_NOT_EXISTS},
};
/* clang-format on */

typedef struct {
    subject_kind subject;
    query_operator op;
    const char *attribute; /* its name */
    uint32_t literal_count;
    const char **literals;
    int64_t number; /* of runningTasksCount and registeredAt (Unix microseconds) */
    bool has_regex;
    regex_t regex;
} predicate;

/* Postfix: a predicate's index, or one of these. */
enum { STEP_NOT = -1, STEP_AND = -2, STEP_OR = -3, STEP_OPEN = -4 };

struct query {
    char *text; /* literals and names, each ended by a zero */
    predicate *predicates;
    uint32_t predicate_count;
    const char **literals;
    int32_t *steps;
    uint32_t step_count;
    unsigned reads;
};

typedef struct {
    const char *text, *at;
    query *q;
    char *store; /* next free byte of q->text */
    uint32_t literal_count;
    int32_t *stack; /* operators that wait for their right side */
    uint32_t stack_count;
    sim_error *err;
} parser;

static bool fail_at(const parser *p, const char *where, const char *message)
{
    if (error_set(p->err, "query: %s", message)) return false;
    if (p->err && p->err->column == 0) p->err->column = (int)(where - p->text) + 1;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(parser *p)
{
    while (is_blank(*p->at))
        p->at++;
}

static bool ends_word(char c)
{
    return c == 0 || is_blank(c) || strchr("[]()'\",", c) != NULL;
}

/* Takes `word` if it stands here and ends here. */
static bool take_word(parser *p, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(p->at, word, n) != 0 || !ends_word(p->at[n])) return false;
    p->at += n;
    return true;
}

static bool take_symbol(parser *p, const char *symbol)
{
    size_t n = strlen(symbol);
    if (strncmp(p->at, symbol, n) != 0) return false;
    p->at += n;
    return true;
}

static const char *keep(parser *p, const char *from, size_t n)
{
    char *kept = p->store;
    memcpy(kept, from, n);
    kept[n] = 0;
    p->store += n + 1;
    return kept;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("_./\\-", c) != NULL); /* E15 */
}

static bool parse_subject(parser *p, predicate *out)
{
    for (int k = 0; k < SUBJECT_COUNT; k++) {
        size_t n = strlen(subjects[k].name);
        if (strncmp(p->at, subjects[k].name, n) != 0) continue;
        if (k != SUBJECT_ATTRIBUTE && is_name_byte(p->at[n])) continue;
        const char *name = p->at + n;
        p->at += n;
        out->subject = (subject_kind)k;
        p->q->reads |= subjects[k].reads;
        if (k != SUBJECT_ATTRIBUTE) return true;
        while (is_name_byte(*p->at))
            p->at++;
        if (p->at == name) return fail_at(p, name, "attribute: without a name");
        out->attribute = keep(p, name, (size_t)(p->at - name));
        return true;
    }
    return fail_at(p, p->at,
                   *p->at == 0 ? "ends where a condition is expected"
                               : "expected agentConnected, agentVersion, attribute:NAME, "
                                 "ec2InstanceId, registeredAt, runningTasksCount or task:group");
}

static bool parse_operator(parser *p, predicate *out)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        const char *where = p->at, *text = operators[i].text;
        char last = text[strlen(text) - 1];
        bool word = last >= 'a' && last <= 'z';
        if (!(word ? take_word(p, text) : take_symbol(p, text))) continue;
        out->op = operators[i].op;
        if (!(subjects[out->subject].operators & BIT(out->op)))
            return fail_at(p, where, "this subject does not take this operator");
        return true;
    }
    return fail_at(p, p->at,
                   *p->at == 0 ? "ends where an operator is expected" : "expected an operator");
}

static const char *parse_literal(parser *p)
{
    char quote = *p->at;
    if (quote == '\'' || quote == '"') {
        const char *end = strchr(p->at + 1, quote);
        if (!end) {
            fail_at(p, p->at, "a quote is not closed");
            return NULL;
        }
        const char *text = keep(p, p->at + 1, (size_t)(end - p->at - 1));
        p->at = end + 1;
        return text;
    }
    const char *from = p->at;
    while (*p->at && !is_blank(*p->at) && !strchr(",[]()", *p->at))
        p->at++;
    if (p->at == from) {
        fail_at(p, from, *from == 0 ? "ends where a value is expected" : "expected a value");
        return NULL;
    }
    return keep(p, from, (size_t)(p->at - from));
}

/* ---- Literals with a type (E94) ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* `digits` decimal digits at *at. */
static bool fixed_number(const char **at, int digits, int64_t *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (!is_digit(**at)) return false;
        *value = *value * 10 + (**at - '0');
    }
    return true;
}

/* Days from 1970-01-01 of a Gregorian date: whole eras of 400 years have 146,097 days. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, year_of_era = y % 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static bool parse_offset(const char *at, int64_t *seconds)
{
    int64_t hours, minutes;
    *seconds = 0;
    if (*at == 0) return true;
    if (*at == 'Z') return at[1] == 0;
    if (*at != '+' && *at != '-') return false;
    int64_t sign = *at == '-' ? -1 : 1;
    at++;
    if (!fixed_number(&at, 2, &hours) || *at++ != ':' || !fixed_number(&at, 2, &minutes) ||
        *at != 0 || hours > 23 || minutes > 59)
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

/* YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS, and that with Z or +HH:MM; UTC without. */
static bool parse_instant(const char *text, int64_t *unix_us)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year, month, day, hour = 0, minute = 0, second = 0, offset = 0;
    const char *at = text;
    if (!fixed_number(&at, 4, &year) || *at++ != '-' || !fixed_number(&at, 2, &month) ||
        *at++ != '-' || !fixed_number(&at, 2, &day))
        return false;
    if (month < 1 || month > 12) return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day < 1 || day > month_days[month - 1] + (month == 2 && leap)) return false;
    if (*at != 0) {
        if (*at++ != 'T' || !fixed_number(&at, 2, &hour) || *at++ != ':' ||
            !fixed_number(&at, 2, &minute) || *at++ != ':' || !fixed_number(&at, 2, &second) ||
            hour > 23 || minute > 59 || second > 59 || !parse_offset(at, &offset))
            return false;
    }
    int64_t seconds = days_from_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *unix_us = (seconds - offset) * 1000000;
    return true;
}

static bool parse_count(const char *text, int64_t *value)
{
    size_t n = strlen(text);
    const char *at = text;
    return n >= 1 && n <= 9 && fixed_number(&at, (int)n, value);
}

/* 1.51.0, v1.51.0 */
static const char *version_digits(const char *text)
{
    return *text == 'v' ? text + 1 : text;
}

static bool is_version(const char *text)
{
    const char *at = version_digits(text);
    for (;;) {
        if (!is_digit(*at)) return false;
        while (is_digit(*at))
            at++;
        if (*at == 0) return true;
        if (*at++ != '.') return false;
    }
}

static bool check_literal(parser *p, predicate *out, const char *where, const char *literal)
{
    char problem[160];
    if (BIT(out->op) & PATTERNS) {
        out->has_regex = java_regex_compile(&out->regex, literal, problem, sizeof problem);
        return out->has_regex ? true : fail_at(p, where, problem);
    }
    switch (out->subject) {
    case SUBJECT_AGENT_VERSION:
        return is_version(literal) ? true : fail_at(p, where, "expected a version such as 1.51.0");
    case SUBJECT_REGISTERED_AT:
        return parse_instant(literal, &out->number)
                   ? true
                   : fail_at(p, where,
                             "expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS with Z or an offset");
    case SUBJECT_RUNNING_TASKS:
        return parse_count(literal, &out->number) ? true
                                                  : fail_at(p, where, "expected a whole number");
    default:
        return true;
    }
}

static bool parse_one_value(parser *p, predicate *out)
{
    skip_blanks(p);
    const char *where = p->at;
    const char *literal = parse_literal(p);
    if (!literal) return false;
    p->q->literals[p->literal_count++] = literal;
    out->literal_count++;
    return check_literal(p, out, where, literal);
}

static bool parse_list(parser *p, predicate *out)
{
    skip_blanks(p);
    if (!take_symbol(p, "[")) return fail_at(p, p->at, "expected [ and a list of values");
    for (;;) {
        if (!parse_one_value(p, out)) return false;
        skip_blanks(p);
        if (take_symbol(p, "]")) return true;
        if (!take_symbol(p, ",")) return fail_at(p, p->at, "expected , or ] in the list");
    }
}

static bool parse_predicate(parser *p)
{
    predicate *out = &p->q->predicates[p->q->predicate_count];
    if (!parse_subject(p, out)) return false;
    skip_blanks(p);
    if (!parse_operator(p, out)) return false;
    out->literals = p->q->literals + p->literal_count;
    p->q->steps[p->q->step_count++] = (int32_t)p->q->predicate_count++;
    if (BIT(out->op) & (BIT(OP_EXISTS) | BIT(OP_NOT_EXISTS))) return true;
    return BIT(out->op) & LISTS ? parse_list(p, out) : parse_one_value(p, out);
}

/* ---- Operators of the boolean part: a stack of those that wait (no recursion) ---- */

static int binding(int32_t step)
{
    return step == STEP_NOT ? 3 : step == STEP_AND ? 2 : step == STEP_OR ? 1 : 0;
}

static void push(parser *p, int32_t step)
{
    p->stack[p->stack_count++] = step;
}

static void flush(parser *p, int at_least)
{
    while (p->stack_count > 0 && binding(p->stack[p->stack_count - 1]) >= at_least)
        p->q->steps[p->q->step_count++] = p->stack[--p->stack_count];
}

/* Any number of `not` and `(`, then a predicate. */
static bool parse_operand(parser *p)
{
    for (;;) {
        skip_blanks(p);
        if (take_symbol(p, "("))
            push(p, STEP_OPEN);
        else if (take_word(p, "not") || take_symbol(p, "!"))
            push(p, STEP_NOT);
        else
            return parse_predicate(p);
    }
}

static bool close_parenthesis(parser *p)
{
    flush(p, 1);
    if (p->stack_count == 0) return fail_at(p, p->at, ") without (");
    p->stack_count--;
    p->at++;
    return true;
}

static bool parse_expression(parser *p)
{
    for (;;) {
        if (!parse_operand(p)) return false;
        for (skip_blanks(p); *p->at == ')'; skip_blanks(p))
            if (!close_parenthesis(p)) return false;
        if (*p->at == 0) break;
        if (take_word(p, "and") || take_symbol(p, "&&")) {
            flush(p, 2);
            push(p, STEP_AND);
        } else if (take_word(p, "or") || take_symbol(p, "||")) {
            flush(p, 1);
            push(p, STEP_OR);
        } else {
            return fail_at(p, p->at, "expected and, or, or the end");
        }
    }
    flush(p, 1);
    return p->stack_count == 0 ? true : fail_at(p, p->at, "a parenthesis is not closed");
}

query *query_parse(const char *expression, sim_error *err)
{
    size_t n = strlen(expression);
    parser p = {.text = expression, .at = expression, .err = err};
    if (n > QUERY_LENGTH_MAX) {
        fail_at(&p, expression + QUERY_LENGTH_MAX, "longer than 2000 characters");
        return NULL;
    }
    /* Each predicate, literal and operator takes a character at least. */
    query *q = memory_alloc(1, sizeof *q);
    q->text = memory_alloc(2 * n + 2, 1);
    q->predicates = memory_alloc(n / 2 + 1, sizeof *q->predicates);
    q->literals = memory_alloc(n + 1, sizeof *q->literals);
    q->steps = memory_alloc(n + 2, sizeof *q->steps);
    p.q = q;
    p.store = q->text;
    p.stack = memory_alloc(n + 1, sizeof *p.stack);
    bool parsed = parse_expression(&p);
    free(p.stack);
    if (parsed) return q;
    query_destroy(q);
    return NULL;
}

void query_destroy(query *q)
{
    if (!q) return;
    /* A predicate whose value was refused is counted already; one without is not compiled. */
    for (uint32_t i = 0; i < q->predicate_count; i++)
        if (q->predicates[i].has_regex) regfree(&q->predicates[i].regex);
    free(q->text);
    free(q->predicates);
    free(q->literals);
    free(q->steps);
    free(q);
}

bool query_check(const char *expression, sim_error *err)
{
    query *q = query_parse(expression, err);
    query_destroy(q);
    return q != NULL;
}

unsigned query_reads(const query *q)
{
    return q->reads;
}

const char *query_attribute(const query *q, uint32_t i)
{
    for (uint32_t k = 0; k < q->predicate_count; k++)
        if (q->predicates[k].subject == SUBJECT_ATTRIBUTE && i-- == 0)
            return q->predicates[k].attribute;
    return NULL;
}

/* ---- Evaluation ---- */

static int sign(int64_t difference)
{
    return (difference > 0) - (difference < 0);
}

/* Digit strings of any length as numbers: without leading zeros the longer is the larger. */
static int compare_digits(const char *a, size_t na, const char *b, size_t nb)
{
    while (na > 0 && *a == '0')
        a++, na--;
    while (nb > 0 && *b == '0')
        b++, nb--;
    if (na != nb) return na > nb ? 1 : -1;
    return na == 0 ? 0 : sign(memcmp(a, b, na));
}

static int compare_versions(const char *a, const char *b)
{
    a = version_digits(a);
    b = version_digits(b);
    for (;;) {
        size_t na = strcspn(a, "."), nb = strcspn(b, ".");
        int c = compare_digits(a, na, b, nb);
        if (c != 0) return c;
        a += na + (a[na] == '.');
        b += nb + (b[nb] == '.');
        if (*a == 0 && *b == 0) return 0;
    }
}

/* -12.50: where its parts are. Exact, unlike strtod. */
typedef struct {
    bool negative, zero;
    const char *whole, *fraction;
    size_t whole_length, fraction_length;
} decimal;

static bool parse_decimal(const char *text, decimal *d)
{
    d->negative = *text == '-';
    if (*text == '-' || *text == '+') text++;
    d->whole = text;
    while (is_digit(*text))
        text++;
    d->whole_length = (size_t)(text - d->whole);
    d->fraction = text;
    d->fraction_length = 0;
    if (*text == '.') {
        d->fraction = ++text;
        while (is_digit(*text))
            text++;
        d->fraction_length = (size_t)(text - d->fraction);
        if (d->fraction_length == 0) return false;
    }
    while (d->fraction_length > 0 && d->fraction[d->fraction_length - 1] == '0')
        d->fraction_length--;
    d->zero = d->fraction_length == 0 && strspn(d->whole, "0") >= d->whole_length;
    if (d->zero) d->negative = false;
    return *text == 0 && d->whole_length > 0;
}

static int compare_decimals(const decimal *a, const decimal *b)
{
    if (a->negative != b->negative) return a->negative ? -1 : 1;
    int c = compare_digits(a->whole, a->whole_length, b->whole, b->whole_length);
    if (c == 0) {
        size_t n =
            a->fraction_length < b->fraction_length ? a->fraction_length : b->fraction_length;
        c = sign(memcmp(a->fraction, b->fraction, n));
        if (c == 0) c = sign((int64_t)a->fraction_length - (int64_t)b->fraction_length);
    }
    return a->negative ? -c : c;
}

/* Numeric if both are numbers, else byte order. */
static int compare_values(const char *a, const char *b)
{
    decimal da, db;
    if (parse_decimal(a, &da) && parse_decimal(b, &db)) return compare_decimals(&da, &db);
    return sign(strcmp(a, b));
}

static bool holds(query_operator op, int order)
{
    switch (op) {
    case OP_EQUAL:
        return order == 0;
    case OP_NOT_EQUAL:
        return order != 0;
    case OP_GREATER:
        return order > 0;
    case OP_GREATER_EQUAL:
        return order >= 0;
    case OP_LESS:
        return order < 0;
    default:
        return order <= 0;
    }
}

/* A value of a subject that is text: attribute, ec2InstanceId, agentConnected. */
static bool text_holds(const predicate *p, const char *value)
{
    if (!value) return p->op == OP_NOT_EXISTS; /* E95 */
    bool found = false;
    switch (p->op) {
    case OP_EXISTS:
        return true;
    case OP_NOT_EXISTS:
        return false;
    case OP_EQUAL:
        return strcmp(value, p->literals[0]) == 0;
    case OP_NOT_EQUAL:
        return strcmp(value, p->literals[0]) != 0;
    case OP_MATCHES:
        return regexec(&p->regex, value, 0, NULL, 0) == 0;
    case OP_NOT_MATCHES:
        return regexec(&p->regex, value, 0, NULL, 0) != 0;
    case OP_IN:
    case OP_NOT_IN:
        for (uint32_t i = 0; i < p->literal_count && !found; i++)
            found = strcmp(value, p->literals[i]) == 0;
        return found == (p->op == OP_IN);
    default:
        return holds(p->op, compare_values(value, p->literals[0]));
    }
}

/* E95: `!=` and the other negative forms hold iff no group on the instance does the positive. */
static bool group_holds(const predicate *p, const query_subject *s)
{
    static const query_operator positive[OP_COUNT] = {
        [OP_EQUAL] = OP_EQUAL,     [OP_NOT_EQUAL] = OP_EQUAL,
        [OP_GREATER] = OP_GREATER, [OP_GREATER_EQUAL] = OP_GREATER_EQUAL,
        [OP_LESS] = OP_LESS,       [OP_LESS_EQUAL] = OP_LESS_EQUAL,
        [OP_MATCHES] = OP_MATCHES, [OP_NOT_MATCHES] = OP_MATCHES,
        [OP_IN] = OP_IN,           [OP_NOT_IN] = OP_IN,
        [OP_EXISTS] = OP_EXISTS,   [OP_NOT_EXISTS] = OP_EXISTS,
    };
    predicate asked = *p;
    asked.op = positive[p->op];
    bool found = false;
    const char *group;
    for (uint32_t i = 0; !found && (group = s->group(s->context, i)) != NULL; i++)
        found = text_holds(&asked, group);
    return found == (asked.op == p->op);
}

static bool predicate_holds(const predicate *p, const query_subject *s)
{
    switch (p->subject) {
    case SUBJECT_AGENT_CONNECTED:
        return text_holds(p, s->agent_connected ? "true" : "false");
    case SUBJECT_AGENT_VERSION:
        return s->agent_version && is_version(s->agent_version) &&
               holds(p->op, compare_versions(s->agent_version, p->literals[0]));
    case SUBJECT_EC2_INSTANCE_ID:
        return text_holds(p, s->ec2_instance_id);
    case SUBJECT_REGISTERED_AT:
        return holds(p->op, sign(s->registered_unix_us - p->number));
    case SUBJECT_RUNNING_TASKS:
        return holds(p->op, sign((int64_t)s->running_tasks - p->number));
    case SUBJECT_TASK_GROUP:
        return group_holds(p, s);
    default:
        return text_holds(p, s->attribute(s->context, p->attribute));
    }
}

bool query_matches(const query *q, const query_subject *s)
{
    bool stack[QUERY_LENGTH_MAX];
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->step_count; i++) {
        int32_t step = q->steps[i];
        if (step >= 0) {
            stack[n++] = predicate_holds(&q->predicates[step], s);
        } else if (step == STEP_NOT) {
            stack[n - 1] = !stack[n - 1];
        } else {
            n--;
            stack[n - 1] = step == STEP_AND ? stack[n - 1] && stack[n] : stack[n - 1] || stack[n];
        }
    }
    CHECK(n == 1);
    return stack[0];
}
