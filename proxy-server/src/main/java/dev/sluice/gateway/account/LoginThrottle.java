package dev.sluice.gateway.account;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.HexFormat;

/**
 * Makes guessing slow: of one person's password from anywhere, of anybody's from one address, and of who has an account.
 * Behind one address there may be a whole office, so more is free for it. Each node counts for itself. Thread: any.
 */
final class LoginThrottle {
    static final int FREE_OF_PERSON = 10;
    static final int FREE_OF_ADDRESS = 50;
    static final int FREE_REGISTRATIONS = 20;
    private static final int SITE_BYTES = 8;

    private final FailureCounts people;
    private final FailureCounts addresses;
    private final FailureCounts registrations;

    LoginThrottle(InstantSource clock) {
        people = new FailureCounts(FREE_OF_PERSON, clock);
        addresses = new FailureCounts(FREE_OF_ADDRESS, clock);
        registrations = new FailureCounts(FREE_REGISTRATIONS, clock);
    }

    /**
     * Somebody is about to try; counts as a failure until {@link #succeeded}.
     *
     * @return 0, or how many seconds to wait; then it must not be tried
     */
    int enter(EmailAddress person, InetAddress from) {
        String address = site(from);
        int wait = Math.max(people.secondsToWait(person.text()), addresses.secondsToWait(address));
        if (wait == 0) {
            people.add(person.text());
            addresses.add(address);
        }
        return wait;
    }

    void succeeded(EmailAddress person, InetAddress from) {
        people.forget(person.text());
        addresses.takeBack(site(from));
    }

    /** The try did not take place. */
    void withdrawn(EmailAddress person, InetAddress from) {
        people.takeBack(person.text());
        addresses.takeBack(site(from));
    }

    /** Somebody is about to register: each time counts, for the answer may tell who has an account. */
    int register(InetAddress from) {
        String address = site(from);
        int wait = registrations.secondsToWait(address);
        if (wait == 0) {
            registrations.add(address);
        }
        return wait;
    }

    /** One customer of an IPv6 network has a whole /64 to choose addresses from. */
    private static String site(InetAddress from) {
        byte[] bytes = from.getAddress();
        return HexFormat.of().formatHex(bytes, 0, from instanceof Inet6Address ? SITE_BYTES : bytes.length);
    }
}
