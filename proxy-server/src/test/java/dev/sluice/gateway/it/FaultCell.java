package dev.sluice.gateway.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One call of the {@link FaultTableIT}: who asks whom for what, and what is wrong there. Each has a model of its own, so
 * that what one learns of a target is unknown to the others.
 *
 * @param streamed whether an event stream is asked for, or a whole answer
 * @param second whether there is a healthy target behind the one with the fault
 */
record FaultCell(Pair pair, Fault fault, boolean streamed, boolean second) {

    /** Who asks, and in which wire formats the two providers answer. */
    enum Pair {
        CHAT(CallerFormat.CHAT, ProviderFormat.OPENAI, ProviderFormat.OPENAI),
        MESSAGES(CallerFormat.ANTHROPIC, ProviderFormat.ANTHROPIC, ProviderFormat.ANTHROPIC),
        /** What has been held of a translated answer gives way to a native one. */
        CHAT_OF_ANTHROPIC(CallerFormat.CHAT, ProviderFormat.ANTHROPIC, ProviderFormat.OPENAI);

        private final CallerFormat caller;
        private final ProviderFormat first;
        private final ProviderFormat second;

        Pair(CallerFormat caller, ProviderFormat first, ProviderFormat second) {
            this.caller = caller;
            this.first = first;
            this.second = second;
        }

        CallerFormat caller() {
            return caller;
        }

        ProviderFormat first() {
            return first;
        }

        ProviderFormat second() {
            return second;
        }
    }

    static List<FaultCell> all() {
        List<FaultCell> cells = new ArrayList<>();
        for (Pair pair : Pair.values()) {
            for (Fault fault : Fault.values()) {
                if (fault.moment() == Fault.Moment.ANY_TIME) {
                    continue;
                }
                if (pair != Pair.CHAT_OF_ANTHROPIC) {
                    cells.add(new FaultCell(pair, fault, true, true));
                    cells.add(new FaultCell(pair, fault, true, false));
                    cells.add(new FaultCell(pair, fault, false, true));
                    cells.add(new FaultCell(pair, fault, false, false));
                } else if (fault != Fault.NONE) {
                    cells.add(new FaultCell(pair, fault, true, true));
                }
            }
        }
        return cells;
    }

    private String own() {
        return pair.name().toLowerCase(Locale.ROOT) + (streamed ? ".stream" : ".whole") + (second ? ".second" : "");
    }

    /** What the caller asks for. */
    String model() {
        return fault.label() + "." + own();
    }

    /** What the healthy one is asked for. */
    String secondModel() {
        return Fault.NONE.label() + "." + model();
    }

    /** The name of the provider with the fault. */
    String firstProvider() {
        return provider(fault.moment() == Fault.Moment.UNREACHABLE ? fault.label() : "first", pair.first());
    }

    String secondProvider() {
        return provider("second", pair.second());
    }

    static String provider(String name, ProviderFormat format) {
        return name + "-" + format.provider();
    }

    /** As an entry below {@code models}, but for its timeouts. */
    String targets() {
        return "targets: [ { model: \"" + firstProvider() + "/" + model() + "\" }"
                + (second ? ", { model: \"" + secondProvider() + "/" + secondModel() + "\" }" : "") + " ]";
    }

    /** What a caller hears whom nothing has gone wrong for. */
    String heard() {
        return Speech.of(second && fault != Fault.NONE ? pair.second() : pair.first())
                .heard(streamed);
    }

    @Override
    public String toString() {
        return pair + (streamed ? ", a stream" : ", whole") + (second ? ", a second target: " : ": ") + fault.label();
    }
}
