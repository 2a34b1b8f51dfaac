#include "scenarios/read/tables.h"

/* Classic load balancers: members as in the Elastic Load Balancing API model of 2012-06-01
 * (create-load-balancer input, describe-load-balancers answer), with the health check of
 * configure-health-check and the attributes of modify-load-balancer-attributes beside them. */

/* clang-format off */

static const char *const protocols[] = {"HTTP", "HTTPS", "TCP", "SSL", NULL};

static const field_row listener_rows[] = {
    {"Protocol",         FIELD_ENUM, .required = true, .choices = protocols, .rule = "L105", .help = "TCP and SSL: round robin; HTTP and HTTPS: least outstanding requests"},
    {"LoadBalancerPort", FIELD_INTEGER, RANGE(1, 65535), .rule = "L102", .help = "port it listens on"},
    {"InstancePort",     FIELD_INTEGER, .required = true, RANGE(1, 65535), .rule = "L102", .help = "static port on every instance"},
    NOTE("InstanceProtocol", STRING), NOTE("SSLCertificateId", STRING),
};
static const field_shape listener = {.name = "classic listener", FIELD_SHAPE(listener_rows)};

static const field_row description_rows[] = {
    {"Listener", FIELD_OBJECT, .shape = &listener, .rule = "L102", .help = "the listener"},
    NOTE("PolicyNames", STRINGS),
};
static const field_shape description = {.name = "classic listener description", FIELD_SHAPE(description_rows)};

static const field_row health_check_rows[] = {
    {"Target",             FIELD_STRING, .rule = "L102, L103", .help = "PROTOCOL:PORT/path on the instance; absent: TCP on the first listener's port"},
    {"Interval",           FIELD_INTEGER, RANGE(5, 300), .unit = "s", .fill = "30", .rule = "L10", .help = "time between probes"},
    {"Timeout",            FIELD_INTEGER, RANGE(2, 60), .unit = "s", .fill = "5", .rule = "L10, L13", .help = "below the interval"},
    {"UnhealthyThreshold", FIELD_INTEGER, RANGE(2, 10), .unit = "probes", .fill = "2", .rule = "L103", .help = "failures that take an instance out of service"},
    {"HealthyThreshold",   FIELD_INTEGER, RANGE(2, 10), .unit = "probes", .fill = "10", .rule = "L103", .help = "passes that bring it into service, new ones too"},
};
static const field_shape health_check = {.name = "classic health check", FIELD_SHAPE(health_check_rows)};

static const field_row switch_rows[] = {
    {"Enabled", FIELD_BOOLEAN, .required = true, .rule = "L57", .help = "every node sends to the instances of all zones; off unless given"},
};
static const field_shape cross_zone = {.name = "classic cross-zone attribute", FIELD_SHAPE(switch_rows)};
static const field_row draining_rows[] = {
    {"Enabled", FIELD_BOOLEAN, .required = true, .rule = "L104", .help = "requests in flight may end; off unless given"},
    {"Timeout", FIELD_INTEGER, RANGE(1, 3600), .unit = "s", .fill = "300", .rule = "L104", .help = "longest wait for them"},
};
static const field_shape draining = {.name = "classic draining attribute", FIELD_SHAPE(draining_rows)};
static const field_row settings_rows[] = {
    {"IdleTimeout", FIELD_INTEGER, RANGE(1, 3600), .unit = "s", .fill = "60", .rule = "L72", .help = "no answer for so long: 504"},
};
static const field_shape settings = {.name = "classic connection settings", FIELD_SHAPE(settings_rows)};

#define ATTRIBUTE_ROWS \
    {"ConnectionDraining",     FIELD_OBJECT, .shape = &draining, .rule = "L104", .help = "what happens to requests in flight"}, \
    {"CrossZoneLoadBalancing", FIELD_OBJECT, .shape = &cross_zone, .rule = "L57", .help = "instances of other zones"}, \
    {"ConnectionSettings",     FIELD_OBJECT, .shape = &settings, .rule = "L72", .help = "idle timeout"}, \
    NOTE("AccessLog", OBJECT), NOTE("AdditionalAttributes", LIST)

static const field_row attributes_rows[] = {ATTRIBUTE_ROWS};
static const field_shape attributes = {.name = "classic load balancer attributes", FIELD_SHAPE(attributes_rows)};

static const field_row classic_rows[] = {
    {"LoadBalancerName",       FIELD_STRING, .required = true, .rule = "L102", .help = "name"},
    {"Listeners",              FIELD_LIST, .shape = &listener, .rule = "L102", .help = "ports and protocols"},
    {"ListenerDescriptions",   FIELD_LIST, .shape = &description, .rule = "L102", .help = "the same, as answers have it"},
    {"AvailabilityZones",      FIELD_STRINGS, .rule = "L6", .help = "enabled zones; none here nor in Subnets: every zone"},
    {"Subnets",                FIELD_STRINGS, .rule = "L6", .help = "their zones are enabled"},
    {"HealthCheck",            FIELD_OBJECT, .shape = &health_check, .rule = "L103", .help = "of configure-health-check; absent: its defaults"},
    {"Attributes",             FIELD_OBJECT, .shape = &attributes, .rule = "L104", .help = "of modify-load-balancer-attributes"},
    {"LoadBalancerAttributes", FIELD_OBJECT, .shape = &attributes, .rule = "L104", .help = "the same, as the call spells it"},
    ATTRIBUTE_ROWS,
    NOTE("SecurityGroups", STRINGS), NOTE("Scheme", STRING), NOTE("Tags", LIST), NOTE("DNSName", STRING), NOTE("CanonicalHostedZoneName", STRING),
    NOTE("CanonicalHostedZoneNameID", STRING), NOTE("Policies", OBJECT), NOTE("BackendServerDescriptions", LIST), NOTE("VPCId", STRING),
    NOTE("Instances", LIST), NOTE("SourceSecurityGroup", OBJECT), NOTE("CreatedTime", TIMESTAMP),
};
const field_shape shape_classic_load_balancer = {.name = "classic load balancer", FIELD_SHAPE(classic_rows)};

/* clang-format on */
