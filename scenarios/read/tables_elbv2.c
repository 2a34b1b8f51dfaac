#include "scenarios/read/tables.h"

/* Members as in the Elastic Load Balancing v2 API model of 2015-12-01, each object with its
 * attributes as Attributes (contract: scenario). Numbers of rules: spec/load-balancing.md. */

/* clang-format off */

static const char *const group_protocols[] = {"HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC", NULL};
static const char *const protocol_versions[] = {"HTTP1", "HTTP2", "GRPC", NULL};
static const char *const target_types[] = {"instance", "ip", "lambda", "alb", NULL};
static const char *const balancer_types[] = {"application", "network", "gateway", NULL};
static const char *const action_types[] = {"forward", "fixed-response", "redirect", "authenticate-oidc", "authenticate-cognito", "jwt-validation", NULL};
static const char *const condition_fields[] = {"path-pattern", "host-header", "http-header", "http-request-method", "query-string", "source-ip", NULL};

static const field_row attribute_rows[] = {
    {"Key",   FIELD_STRING, .required = true, .help = "name, as in describe-…-attributes"},
    {"Value", FIELD_TEXT_OR_NUMBER, .help = "value"},
};
static const field_shape attribute = {.name = "load balancing attribute", FIELD_SHAPE(attribute_rows)};

static const field_row matcher_rows[] = {
    {"HttpCode", FIELD_TEXT_OR_NUMBER, .rule = "L15", .help = "codes that pass: 200, 200,202, 200-299"},
    {"GrpcCode", FIELD_TEXT_OR_NUMBER, .rule = "L10", .help = "the same for gRPC"},
};
static const field_shape matcher = {.name = "matcher", FIELD_SHAPE(matcher_rows)};

static const field_row target_group_rows[] = {
    {"Name",                       FIELD_STRING, .help = "name (or TargetGroupName)"},
    {"TargetGroupName",            FIELD_STRING, .help = "name, as answers spell it"},
    {"TargetGroupArn",             FIELD_STRING, .help = "of an answer"},
    {"Protocol",                   FIELD_ENUM, .choices = group_protocols, .rule = "L31", .help = "HTTP unless given"},
    {"ProtocolVersion",            FIELD_ENUM, .choices = protocol_versions, .rule = "L10", .help = "GRPC has codes of its own"},
    {"TargetType",                 FIELD_ENUM, .choices = target_types, .fill = "\"instance\"", .rule = "L2, L4", .help = "instance for bridge and host tasks, ip for awsvpc"},
    {"HealthCheckEnabled",         FIELD_BOOLEAN, .rule = "L12", .help = "can't be off"},
    {"HealthCheckProtocol",        FIELD_ENUM, .choices = group_protocols, .rule = "L15", .help = "TCP or TLS: a connect is enough"},
    {"HealthCheckIntervalSeconds", FIELD_INTEGER, RANGE(5, 300), .unit = "s", .fill = "30", .rule = "L10", .help = "time between probes"},
    {"HealthCheckTimeoutSeconds",  FIELD_INTEGER, RANGE(2, 120), .unit = "s", .rule = "L11, L13", .help = "below the interval; 5 for application, 6 (HTTP) or 10 for network"},
    {"HealthyThresholdCount",      FIELD_INTEGER, RANGE(2, 10), .unit = "probes", .fill = "5", .rule = "L22", .help = "passes that make an unhealthy target healthy"},
    {"UnhealthyThresholdCount",    FIELD_INTEGER, RANGE(2, 10), .unit = "probes", .rule = "L22, L23", .help = "failures that make a target unhealthy; 2"},
    {"Matcher",                    FIELD_OBJECT, .shape = &matcher, .rule = "L15", .help = "codes that pass"},
    {"Attributes",                 FIELD_LIST, .shape = &attribute, .rule = "L80", .help = "deregistration_delay.timeout_seconds, …"},
    NOTE("Port", INTEGER), NOTE("VpcId", STRING), NOTE("HealthCheckPort", TEXT_OR_NUMBER), NOTE("HealthCheckPath", STRING), NOTE("Tags", LIST),
    NOTE("IpAddressType", STRING), NOTE("LoadBalancerArns", STRINGS), NOTE("TargetControlPort", INTEGER),
};
const field_shape shape_target_group = {.name = "target group", FIELD_SHAPE(target_group_rows)};

static const field_row mapping_rows[] = {
    {"SubnetId", FIELD_STRING, .rule = "L6", .help = "its zone is enabled"},
    NOTE("AllocationId", STRING), NOTE("PrivateIPv4Address", STRING), NOTE("IPv6Address", STRING), NOTE("SourceNatIpv6Prefix", STRING),
};
static const field_shape mapping = {.name = "subnet mapping", FIELD_SHAPE(mapping_rows)};

static const field_row zone_rows[] = {
    {"ZoneName", FIELD_STRING, .rule = "L6", .help = "an enabled zone"},
    NOTE("SubnetId", STRING), NOTE("OutpostId", STRING), NOTE("LoadBalancerAddresses", LIST), NOTE("SourceNatIpv6Prefixes", STRINGS),
};
static const field_shape zone = {.name = "availability zone", FIELD_SHAPE(zone_rows)};

static const field_row load_balancer_rows[] = {
    {"Name",              FIELD_STRING, .help = "name (or LoadBalancerName)"},
    {"LoadBalancerName",  FIELD_STRING, .help = "name, as answers spell it"},
    {"LoadBalancerArn",   FIELD_STRING, .help = "of an answer"},
    {"Type",              FIELD_ENUM, .choices = balancer_types, .fill = "\"application\"", .help = "kind of load balancer"},
    {"Subnets",           FIELD_STRINGS, .rule = "L6", .help = "their zones are enabled; none: every zone"},
    {"SubnetMappings",    FIELD_LIST, .shape = &mapping, .rule = "L6", .help = "the same"},
    {"AvailabilityZones", FIELD_LIST, .shape = &zone, .rule = "L6", .help = "the same, as answers have it"},
    {"Attributes",        FIELD_LIST, .shape = &attribute, .rule = "L72", .help = "idle_timeout.timeout_seconds, …"},
    NOTE("SecurityGroups", STRINGS), NOTE("Scheme", STRING), NOTE("Tags", LIST), NOTE("IpAddressType", STRING), NOTE("CustomerOwnedIpv4Pool", STRING),
    NOTE("DNSName", STRING), NOTE("CanonicalHostedZoneId", STRING), NOTE("CreatedTime", TIMESTAMP), NOTE("VpcId", STRING), NOTE("State", OBJECT),
    NOTE("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", STRING), NOTE("EnablePrefixForIpv6SourceNat", STRING), NOTE("IpamPools", OBJECT),
};
const field_shape shape_load_balancer = {.name = "load balancer", FIELD_SHAPE(load_balancer_rows)};

static const field_row tuple_rows[] = {
    {"TargetGroupArn", FIELD_STRING, .required = true, .rule = "L63", .help = "ARN or name"},
    {"Weight",         FIELD_INTEGER, RANGE(0, 999), .fill = "1", .rule = "L63", .help = "share of the requests"},
};
static const field_shape tuple = {.name = "weighted target group", FIELD_SHAPE(tuple_rows)};
static const field_row forward_rows[] = {
    {"TargetGroups", FIELD_LIST, .shape = &tuple, .rule = "L63", .help = "at most 5"},
    NOTE("TargetGroupStickinessConfig", OBJECT),
};
static const field_shape forward = {.name = "forward action", FIELD_SHAPE(forward_rows)};
static const field_row fixed_rows[] = {
    {"StatusCode", FIELD_TEXT_OR_NUMBER, .required = true, .rule = "L63", .help = "what the client gets"},
    NOTE("MessageBody", STRING), NOTE("ContentType", STRING),
};
static const field_shape fixed = {.name = "fixed response", FIELD_SHAPE(fixed_rows)};

static const field_row action_rows[] = {
    {"Type",                FIELD_ENUM, .required = true, .choices = action_types, .rule = "L63", .help = "one forward, redirect or fixed-response"},
    {"TargetGroupArn",      FIELD_STRING, .rule = "L63", .help = "ARN or name"},
    {"ForwardConfig",       FIELD_OBJECT, .shape = &forward, .rule = "L63", .help = "several target groups with weights"},
    {"FixedResponseConfig", FIELD_OBJECT, .shape = &fixed, .rule = "L63", .help = "an answer without a target"},
    NOTE("RedirectConfig", OBJECT), NOTE("AuthenticateOidcConfig", OBJECT), NOTE("AuthenticateCognitoConfig", OBJECT),
    NOTE("JwtValidationConfig", OBJECT), NOTE("Order", INTEGER),
};
static const field_shape action = {.name = "listener action", FIELD_SHAPE(action_rows)};

static const field_row listener_rows[] = {
    {"LoadBalancerArn", FIELD_STRING, .rule = "L1", .help = "ARN or name; may be left out where there is one load balancer"},
    {"Port",            FIELD_INTEGER, RANGE(1, 65535), .fill = "80", .rule = "L1", .help = "port it listens on"},
    {"DefaultActions",  FIELD_LIST, .shape = &action, .rule = "L60, L64", .help = "what happens to requests that no rule matches; none: 404"},
    NOTE("Protocol", STRING), NOTE("ListenerArn", STRING), NOTE("SslPolicy", STRING), NOTE("Certificates", LIST), NOTE("AlpnPolicy", STRINGS),
    NOTE("Tags", LIST), NOTE("MutualAuthentication", OBJECT), NOTE("Attributes", LIST),
};
const field_shape shape_listener = {.name = "listener", FIELD_SHAPE(listener_rows)};

static const field_row values_rows[] = {
    {"Values",         FIELD_STRINGS, .rule = "L61", .help = "one of them must match"},
    NOTE("RegexValues", STRINGS),
};
static const field_shape values = {.name = "condition values", FIELD_SHAPE(values_rows)};
static const field_row condition_rows[] = {
    {"Field",             FIELD_ENUM, .choices = condition_fields, .rule = "L61", .help = "kind of condition"},
    {"Values",            FIELD_STRINGS, .rule = "L61", .help = "of path-pattern or host-header"},
    {"PathPatternConfig", FIELD_OBJECT, .shape = &values, .rule = "L62", .help = "paths, with * and ?"},
    {"HostHeaderConfig",  FIELD_OBJECT, .shape = &values, .rule = "L61", .help = "hosts, with * and ?"},
    {"HttpHeaderConfig",  FIELD_OBJECT, .rule = "L61", .help = "never met by traffic"},
    {"QueryStringConfig", FIELD_OBJECT, .rule = "L61", .help = "never met by traffic"},
    {"HttpRequestMethodConfig", FIELD_OBJECT, .rule = "L61", .help = "never met by traffic"},
    {"SourceIpConfig",    FIELD_OBJECT, .rule = "L61", .help = "never met by traffic"},
    NOTE("RegexValues", STRINGS),
};
static const field_shape condition = {.name = "rule condition", FIELD_SHAPE(condition_rows)};

static const field_row rule_rows[] = {
    {"ListenerArn", FIELD_STRING, .rule = "L60", .help = "ARN or port; may be left out where there is one listener"},
    {"Priority",    FIELD_TEXT_OR_NUMBER, .rule = "L60", .help = "1..50000, unique in its listener; lowest first"},
    {"Conditions",  FIELD_LIST, .shape = &condition, .rule = "L61", .help = "all must hold"},
    {"Actions",     FIELD_LIST, .shape = &action, .rule = "L63", .help = "one forward, redirect or fixed-response"},
    {"IsDefault",   FIELD_BOOLEAN, .rule = "L60", .help = "of an answer: the listener's default, left out"},
    {"RuleArn",     FIELD_STRING, .rule = "E162", .help = "services that shift traffic name it"},
    NOTE("Tags", LIST), NOTE("Transforms", LIST),
};
const field_shape shape_listener_rule = {.name = "listener rule", FIELD_SHAPE(rule_rows)};

/* clang-format on */
