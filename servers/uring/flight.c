#include "uring/flight.h"

#include <sys/socket.h>

static void flight_cancel(struct flight *flight, struct ring *ring, enum operation operation)
{
    io_uring_prep_cancel64(flight_submit(flight, ring, CANCEL), (uintptr_t)flight | operation, 0);
}

void flight_stop_receiving(struct flight *flight, struct ring *ring)
{
    if (!flight->is_receiving || flight->is_cancelling)
        return;
    flight->is_cancelling = true;
    flight_cancel(flight, ring, RECEIVE);
}

void flight_poll(struct flight *flight, struct ring *ring, const struct app_wait *wait)
{
    if (flight->is_polling)
        return;
    flight->is_polling = true;
    io_uring_prep_poll_add(flight_submit(flight, ring, AWAIT), wait->fd,
                           (unsigned short)wait->events);
}

void flight_unpoll(struct flight *flight, struct ring *ring)
{
    if (!flight->is_polling || flight->is_stale)
        return;
    flight->is_stale = true;
    flight_cancel(flight, ring, AWAIT);
}

short flight_polled(struct flight *flight, struct ring *ring, const struct app_wait *wait,
                    int result)
{
    bool is_stale = flight->is_stale;

    flight->is_polling = flight->is_stale = false;
    if (!is_stale && wait)
        return result > 0 ? (short)result : 0;
    if (wait && wait->fd >= 0)
        flight_poll(flight, ring, wait);
    return 0;
}

void flight_end(struct flight *flight, struct ring *ring, bool with_reset)
{
    flight_unpoll(flight, ring);
    if (flight->count > 0 && !with_reset)
        shutdown(flight->fd, SHUT_RDWR);
    else if (flight->count > 0)
        io_uring_prep_cancel_fd(flight_submit(flight, ring, CANCEL), flight->fd,
                                IORING_ASYNC_CANCEL_ALL);
}
