package dev.sluice.codec.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.codec.json.JsonSlice;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class RequestObjectTest {
    @Test
    void nullIsAbsentAndOfEqualNamesTheLastOneCounts() throws Exception {
        RequestObject object = object("{'a':1,'b':2,'a':'x','b':null,'c':null}");

        assertThat(object.has("a")).isTrue();
        assertThat(object.requiredText("a")).isEqualTo("x");
        assertThat(object.has("b")).isFalse();
        assertThat(object.get("c")).isNull();
    }

    @Test
    void whatIsNotDroppedRemainsInItsOrder() throws Exception {
        RequestObject object = object("{'d':1,'a':2,'c':3,'b':4,'e':5}");
        object.drop("a");
        object.drop(List.of("b", "e", "absent"));

        assertThat(object.rest()).extracting(JsonSlice.Member::name).containsExactly("d", "c");
        assertThat(object.rest()).extracting(member -> member.value().json()).containsExactly("1", "3");
        assertThat(object.slice().member("a")).as("the object as it stands").isNotNull();
    }

    @Test
    void absentMembersAreNullOrEmpty() throws Exception {
        RequestObject object = object("{'empty':''}");

        assertThat(object.string("x")).isNull();
        assertThat(object.filledString("x")).isNull();
        assertThat(object.filledString("empty")).isNull();
        assertThat(object.number("x")).isNull();
        assertThat(object.integer("x")).isNull();
        assertThat(object.bool("x")).isNull();
        assertThat(object.object("x")).isNull();
        assertThat(object.objectSlice("x")).isNull();
        assertThat(object.elements("x")).isEmpty();
        assertThat(object.objects("x")).isEmpty();
    }

    @Test
    void membersOfAnotherKindAreRefused() throws Exception {
        RequestObject object = object("{'s':'x','i':1,'d':1.5}");

        assertRefused(() -> object.string("i"), "i", "'i' must be a string, not an integer");
        assertRefused(() -> object.number("s"), "s", "'s' must be a number, not a string");
        assertRefused(
                () -> object.integer("d"), "d", "'d' must be an integer, not a number with a fraction or an exponent");
        assertRefused(() -> object.bool("s"), "s", "'s' must be a boolean, not a string");
        assertRefused(() -> object.object("s"), "s", "'s' must be an object, not a string");
        assertRefused(() -> object.objectSlice("s"), "s", "'s' must be an object, not a string");
        assertRefused(() -> object.elements("s"), "s", "'s' must be an array, not a string");
        assertThat(object.number("d")).isNotNull();
        assertThat(object.number("i")).isNotNull();
    }

    @Test
    void requiredMembersMustBeThere() throws Exception {
        RequestObject object = object("{'empty':'','null':null}");

        assertRefused(() -> object.requiredString("x"), "x", "'x' is missing; it must be a string");
        assertRefused(() -> object.requiredString("null"), "null", "'null' is missing; it must be a string");
        assertRefused(() -> object.requiredObject("x"), "x", "'x' is missing; it must be an object");
        assertRefused(
                () -> object.requiredText("empty"), "empty", "'empty' must have at least one character; it is empty");
        assertThat(object.requiredString("empty").isEmpty()).isTrue();
    }

    @Test
    void errorsNameTheWholeWayToAMember() throws Exception {
        RequestObject inner =
                object("{'list':[{},{'inner':{'x':1}}]}").objects("list").get(1).requiredObject("inner");

        assertThat(inner.path()).isEqualTo("list[1].inner");
        assertRefused(() -> inner.string("x"), "list[1].inner.x", "'list[1].inner.x' must be a string, not an integer");
        assertRefused(
                () -> object("{'mixed':[{},2]}").objects("mixed"),
                "mixed[1]",
                "'mixed[1]' must be an object, not an integer");
    }

    @Test
    void wordsAreFitForAHeader() throws Exception {
        String longest = "w".repeat(64);
        RequestObject object = object("{'plain':'a-b_c.d:1','longest':'" + longest + "','long':'" + longest
                + "w','empty':'','blank':'a b','break':'a\\r\\nb'}");

        assertThat(object.word("plain")).isEqualTo("a-b_c.d:1");
        assertThat(object.word("longest")).isEqualTo(longest);
        for (String name : List.of("long", "empty", "blank", "break")) {
            assertThat(object.word(name)).as(name).isEqualTo("unknown");
        }
    }

    @Test
    void aWrongWordIsShownOnlyWhenItIsOne() throws Exception {
        RequestObject object = object("{'role':'judge','secret':'my key is 1'}");

        assertThat(object.wrongWord("role", "\"user\"")).hasMessage("'role' must be \"user\", not \"judge\"");
        assertThat(object.wrongWord("secret", "\"user\"")).hasMessage("'secret' must be \"user\", not \"unknown\"");
    }

    private static void assertRefused(ThrowingCallable asked, String param, String sentence) {
        assertThatExceptionOfType(MalformedRequestException.class)
                .isThrownBy(asked)
                .withMessage(sentence)
                .satisfies(refused -> assertThat(refused.toError())
                        .isEqualTo(GatewayError.caller(ErrorKind.INVALID_REQUEST, sentence, param)));
    }

    private static RequestObject object(String json) throws MalformedRequestException {
        return RequestObject.of("", JsonSlice.raw(json.replace('\'', '"')));
    }
}
