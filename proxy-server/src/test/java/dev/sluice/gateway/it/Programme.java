package dev.sluice.gateway.it;

import java.time.Duration;
import java.util.List;
import java.util.Random;

/** What a {@link FaultProvider} does to which request. Thread: any. */
@FunctionalInterface
interface Programme {

    /**
     * One request's turn.
     *
     * @param thinking how long the provider is silent before it does anything
     * @param seed of what {@link Fault} leaves to the dice
     */
    record Turn(Fault fault, Duration thinking, long seed) {}

    /** @param number of the request at this provider, from 0 */
    Turn turn(ReceivedRequest request, int number);

    static Programme always(Fault fault) {
        return always(fault, Duration.ZERO);
    }

    static Programme always(Fault fault, Duration thinking) {
        return (request, number) -> new Turn(fault, thinking, number);
    }

    /** What the model is called after. */
    static Programme named() {
        return (request, number) -> new Turn(Fault.ofModel(request.model()), Duration.ZERO, number);
    }

    /** These in turn, and from the beginning again. */
    static Programme inTurn(Fault... faults) {
        return (request, number) -> new Turn(faults[number % faults.length], Duration.ZERO, number);
    }

    /**
     * One of {@code faults} in {@code percent} of a hundred requests, each as likely as the others; which ones is decided
     * by the seed and the request's number alone.
     */
    static Programme sometimes(int percent, long seed, List<Fault> faults) {
        return (request, number) -> {
            Random dice = dice(seed, number);
            Fault fault = dice.nextInt(100) < percent ? faults.get(dice.nextInt(faults.size())) : Fault.NONE;
            return new Turn(fault, Duration.ZERO, dice.nextLong());
        };
    }

    /** The same after up to {@code longest} of thinking; for how long, the turn's seed says. */
    default Programme thinkingUpTo(Duration longest) {
        return (request, number) -> {
            Turn turn = turn(request, number);
            long nanos = new Random(turn.seed()).nextLong(longest.toNanos());
            return new Turn(turn.fault(), Duration.ofNanos(nanos), turn.seed());
        };
    }

    /**
     * Thinks for {@code usual}, and once in each {@code every} requests for {@code seldom}; then all is well. When, is left
     * to the dice, how often is not: so the tail is as heavy as it is said to be in a short run, too.
     */
    static Programme tail(Duration usual, int every, Duration seldom, long seed) {
        return (request, number) -> {
            boolean late = dice(seed, number / every).nextInt(every) == number % every;
            return new Turn(Fault.NONE, late ? seldom : usual, number);
        };
    }

    private static Random dice(long seed, int number) {
        Random dice = new Random(seed + 0x9E3779B97F4A7C15L * number);
        // The first numbers of neighbouring seeds are neighbours, too.
        dice.nextLong();
        return dice;
    }
}
