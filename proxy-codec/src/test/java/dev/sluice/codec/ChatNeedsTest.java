package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request asks of a model, in every dialect of callers. */
final class ChatNeedsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '~', textBlock = """
            - ! 'temperature':0.5
            tools ! 'tools':[{'type':'function','function':{'name':'f','parameters':{}}}]
            - ! 'tools':[]
            schema ! 'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':{'type':'object'}}}
            - ! 'response_format':{'type':'json_object'}
            reasoning ! 'reasoning_effort':'low'
            - ! 'reasoning_effort':'none'
            vision ! 'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'https://a.b/c.png'}}]}]
            vision ! 'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}}]}]
            - ! 'messages':[{'role':'user','content':[{'type':'file','file':{'file_data':'data:application/pdf;base64,AAAA'}}]}]
            - ! 'messages':7,'tools':[{'type':'function','function':{'name':'f'}}]
            """)
    void ofChatCompletions(String needs, String members) {
        String said = members.contains("'messages'") ? "" : "'messages':[{'role':'user','content':'a'}],";
        check(Endpoint.CHAT_COMPLETIONS, needs, "{'model':'m'," + said + members + "}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '~', textBlock = """
            - ! 'input':'a'
            tools ! 'input':'a','tools':[{'type':'function','name':'f','parameters':{}}]
            tools ! 'input':'a','tools':[{'type':'web_search'}]
            tools ! 'input':'a','previous_response_id':'resp_1','tools':[{'type':'function','name':'f','parameters':{}}]
            schema ! 'input':'a','text':{'format':{'type':'json_schema','name':'n','schema':{'type':'object'}}}
            - ! 'input':'a','text':{'format':{'type':'text'}}
            reasoning ! 'input':'a','reasoning':{'effort':'high'}
            reasoning ! 'input':'a','reasoning':{'summary':'auto'}
            - ! 'input':'a','reasoning':{'effort':'none'}
            vision ! 'input':[{'role':'user','content':[{'type':'input_image','image_url':'https://a.b/c.png'}]}]
            vision ! 'input':[{'role':'user','content':[{'type':'input_image','file_id':'f'}]}]
            - ! 'input':7,'tools':[{'type':'web_search'}]
            """)
    void ofResponses(String needs, String members) {
        check(Endpoint.RESPONSES, needs, "{'model':'m'," + members + "}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '~', textBlock = """
            - ! 'system':'s'
            tools ! 'tools':[{'name':'f','input_schema':{'type':'object'}}]
            tools ! 'tools':[{'type':'web_search_20250305','name':'web_search'}]
            schema ! 'output_config':{'format':{'type':'json_schema','schema':{'type':'object'}}}
            reasoning ! 'thinking':{'type':'enabled','budget_tokens':1024}
            reasoning ! 'thinking':{'type':'adaptive'}
            - ! 'thinking':{'type':'disabled'}
            vision ! 'messages':[{'role':'user','content':[{'type':'image','source':{'type':'url','url':'https://a.b/c.png'}}]}]
            tools+vision ! 'tools':[{'name':'f','input_schema':{}}],'messages':[{'role':'assistant','content':[{'type':'tool_use','id':'t','name':'f','input':{}}]},{'role':'user','content':[{'type':'tool_result','tool_use_id':'t','content':[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'AAAA'}}]}]}]
            - ! 'messages':[{'role':'robot','content':'a'}],'thinking':{'type':'adaptive'}
            """)
    void ofMessages(String needs, String members) {
        String said = members.contains("'messages'") ? "" : "'messages':[{'role':'user','content':'a'}],";
        check(Endpoint.MESSAGES, needs, "{'model':'m','max_tokens':9," + said + members + "}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '~', textBlock = """
            - ! 'generationConfig':{'temperature':0.5}
            tools ! 'tools':[{'functionDeclarations':[{'name':'f'}]}]
            tools ! 'tools':[{'googleSearch':{}}]
            schema ! 'generationConfig':{'responseMimeType':'application/json','responseSchema':{'type':'OBJECT'}}
            - ! 'generationConfig':{'responseMimeType':'application/json'}
            reasoning ! 'generationConfig':{'thinkingConfig':{'thinkingBudget':512}}
            - ! 'generationConfig':{'thinkingConfig':{'thinkingBudget':0}}
            vision ! 'contents':[{'parts':[{'inlineData':{'mimeType':'image/png','data':'AAAA'}}]}]
            - ! 'contents':[],'tools':[{'googleSearch':{}}]
            """)
    void ofGenerateContent(String needs, String members) {
        String said = members.contains("'contents'") ? "" : "'contents':[{'parts':[{'text':'a'}]}],";
        check(Endpoint.GENERATE_CONTENT, needs, "{" + said + members + "}");
    }

    @Test
    void whatIsNoChatNeedsNothing() {
        check(Endpoint.EMBEDDINGS, "-", "{'model':'m','input':'a','tools':[{'type':'function'}]}");
        check(
                Endpoint.MESSAGES_COUNT_TOKENS,
                "-",
                "{'messages':[{'role':'user','content':'a'}],'tools':[{'name':'f'}]}");
    }

    private static void check(Endpoint endpoint, String needs, String body) {
        ByteBuf bytes = Unpooled.copiedBuffer(body.replace('\'', '"'), UTF_8);
        ChatNeeds expected = new ChatNeeds(
                needs.contains("tools"),
                needs.contains("vision"),
                needs.contains("schema"),
                needs.contains("reasoning"));
        CallPath path = new CallPath(endpoint, "m", /* stream= */ false, null);
        assertThat(dialect(endpoint).needs(path, bytes)).isEqualTo(expected);
        assertThat(bytes.readerIndex()).isZero();
        bytes.release();
    }

    private static InboundDialect dialect(Endpoint endpoint) {
        return Dialects.inbound().stream()
                .filter(inbound -> inbound.wireFormat() == endpoint.wireFormat())
                .findFirst()
                .orElseThrow();
    }
}
