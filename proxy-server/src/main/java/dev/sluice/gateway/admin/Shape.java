package dev.sluice.gateway.admin;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a body looks like, for the document of the interface and for whoever reads one. Immutable; thread: any. */
sealed interface Shape {

    /**
     * A JSON body that a caller writes.
     *
     * @param name of the schema
     * @param example a whole body
     */
    record Body(String name, List<Member> members, String example) implements Shape {
        public Body {
            members = List.copyOf(members);
        }

        List<String> names() {
            return members.stream().map(Member::name).toList();
        }

        @Nullable
        Member member(String called) {
            for (Member member : members) {
                if (member.name().equals(called)) {
                    return member;
                }
            }
            return null;
        }
    }

    /** One member of a {@link Body}. */
    record Member(String name, MemberType type, boolean required, String description) {
        static Member required(String name, MemberType type, String description) {
            return new Member(name, type, true, description);
        }

        static Member optional(String name, MemberType type, String description) {
            return new Member(name, type, false, description);
        }
    }

    /** What a member's value is. */
    enum MemberType {
        TEXT,
        TEXTS,
        /** Whole numbers. */
        NUMBERS,
        FLAG,
        TIME,
        /** Name to text. */
        NAMES,
        OBJECT
    }

    /** A JSON body that is a record's components under their names, see {@link Json}. */
    record View(Class<? extends Record> type) implements Shape {}

    /** A page of a list of them. */
    record Page(Class<? extends Record> type) implements Shape {}

    /** The same, with a secret beside it that is shown this once. */
    record Issued(String name, String member, String description, Class<? extends Record> type) implements Shape {}

    /** A JSON body for which an example speaks: its schema is read off it. */
    record Sample(String name, String example) implements Shape {}

    /** A body that is no JSON. */
    record Text(String mediaType) implements Shape {}

    static List<Member> with(Member first, List<Member> others) {
        List<Member> all = new ArrayList<>();
        all.add(first);
        all.addAll(others);
        return List.copyOf(all);
    }
}
