#include "models/ecs/host.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

void host_init(host *h, const instance *i)
{
    *h = (host){.group = i->group,
                .cpu_free = i->cpu_registered,
                .memory_free = i->memory_registered,
                .gpu_free = i->gpu_registered,
                .eni_free = i->eni_slots};
}

void host_finish(host *h)
{
    free(h->tcp.port);
    free(h->udp.port);
    free(h->images);
    free(h->owners);
}

/* Where port stands or belongs. */
static uint32_t port_position(const port_set *s, uint16_t port)
{
    uint32_t low = 0, high = s->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (s->port[middle] < port)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool port_used(const port_set *s, uint16_t port)
{
    uint32_t at = port_position(s, port);
    return at < s->count && s->port[at] == port;
}

static void port_add(port_set *s, uint16_t port)
{
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 8;
        s->port = memory_resize(s->port, s->capacity, sizeof *s->port);
    }
    uint32_t at = port_position(s, port);
    CHECK(at == s->count || s->port[at] != port);
    memmove(s->port + at + 1, s->port + at, (s->count - at) * sizeof *s->port);
    s->port[at] = port;
    s->count++;
}

static void port_remove(port_set *s, uint16_t port)
{
    uint32_t at = port_position(s, port);
    CHECK(at < s->count && s->port[at] == port);
    s->count--;
    memmove(s->port + at, s->port + at + 1, (s->count - at) * sizeof *s->port);
}

bool host_has_room(const host *h, const task_needs *needs)
{
    if (needs->cpu_units > h->cpu_free || needs->memory_mib > h->memory_free) return false;
    if (needs->gpu_count > h->gpu_free || (needs->eni && h->eni_free < 1)) return false;
    for (uint32_t i = 0; i < needs->tcp_port_count; i++)
        if (port_used(&h->tcp, needs->tcp_ports[i])) return false;
    for (uint32_t i = 0; i < needs->udp_port_count; i++)
        if (port_used(&h->udp, needs->udp_ports[i])) return false;
    return true;
}

void host_occupy(host *h, const task_needs *needs)
{
    CHECK(host_has_room(h, needs));
    h->cpu_free -= needs->cpu_units;
    h->memory_free -= needs->memory_mib;
    h->gpu_free -= needs->gpu_count;
    if (needs->eni) h->eni_free--;
    for (uint32_t i = 0; i < needs->tcp_port_count; i++)
        port_add(&h->tcp, needs->tcp_ports[i]);
    for (uint32_t i = 0; i < needs->udp_port_count; i++)
        port_add(&h->udp, needs->udp_ports[i]);
}

void host_vacate(host *h, const task_needs *needs)
{
    h->cpu_free += needs->cpu_units;
    h->memory_free += needs->memory_mib;
    h->gpu_free += needs->gpu_count;
    if (needs->eni) h->eni_free++;
    for (uint32_t i = 0; i < needs->tcp_port_count; i++)
        port_remove(&h->tcp, needs->tcp_ports[i]);
    for (uint32_t i = 0; i < needs->udp_port_count; i++)
        port_remove(&h->udp, needs->udp_ports[i]);
}

static host_owner *find_owner(host *h, uint32_t service)
{
    for (uint32_t i = 0; i < h->owner_count; i++)
        if (h->owners[i].service == service) return &h->owners[i];
    return NULL;
}

void host_owner_holds(host *h, uint32_t service)
{
    host_owner *o = find_owner(h, service);
    if (!o) {
        if (h->owner_count == h->owner_room) {
            h->owner_room = h->owner_room ? 2 * h->owner_room : 4;
            h->owners = memory_resize(h->owners, h->owner_room, sizeof *h->owners);
        }
        o = &h->owners[h->owner_count++];
        *o = (host_owner){.service = service};
    }
    o->tasks++;
}

void host_owner_uses(host *h, uint32_t service, int64_t more)
{
    host_owner *o = find_owner(h, service);
    CHECK(o);
    o->cpu_used += more;
}

void host_owner_frees(host *h, uint32_t service, int64_t cpu_used)
{
    host_owner *o = find_owner(h, service);
    CHECK(o);
    o->cpu_used -= cpu_used;
    if (--o->tasks > 0) return;
    const host_owner *end = h->owners + h->owner_count--;
    memmove(o, o + 1, (size_t)(end - (o + 1)) * sizeof *o);
}

static bool port_reserved(const host *h, port_protocol protocol, uint16_t port)
{
    const instance_group_config *g = h->group;
    const uint16_t *list = protocol == PROTOCOL_TCP ? g->reserved_ports : g->reserved_udp_ports;
    uint32_t count = protocol == PROTOCOL_TCP ? g->reserved_port_count : g->reserved_udp_port_count;
    for (uint32_t i = 0; i < count; i++)
        if (list[i] == port) return true;
    return false;
}

uint16_t host_take_port(host *h, port_protocol protocol, uint16_t low, uint16_t high)
{
    port_set *s = protocol == PROTOCOL_TCP ? &h->tcp : &h->udp;
    uint32_t at = port_position(s, low);
    for (uint32_t port = low; port <= high; port++) {
        if (at < s->count && s->port[at] == port) {
            at++;
            continue;
        }
        if (port_reserved(h, protocol, (uint16_t)port)) continue;
        port_add(s, (uint16_t)port);
        return (uint16_t)port;
    }
    return 0;
}

void host_give_port(host *h, port_protocol protocol, uint16_t port)
{
    port_remove(protocol == PROTOCOL_TCP ? &h->tcp : &h->udp, port);
}

static host_image *find_image(const host *h, name_id image)
{
    for (uint32_t i = 0; i < h->image_count; i++)
        if (h->images[i].name == image) return &h->images[i];
    return NULL;
}

bool host_has_image(const host *h, name_id image)
{
    return find_image(h, image) != NULL;
}

sim_time host_pull(host *h, name_id image, sim_time now_us, sim_time first_us, sim_time cached_us)
{
    host_image *known = find_image(h, image);
    if (known) {
        sim_time there = now_us + cached_us;
        return there > known->there_us ? there : known->there_us;
    }
    if (h->image_count == h->image_capacity) {
        h->image_capacity = h->image_capacity ? 2 * h->image_capacity : 4;
        h->images = memory_resize(h->images, h->image_capacity, sizeof *h->images);
    }
    h->images[h->image_count++] = (host_image){image, now_us + first_us};
    return now_us + first_us;
}
