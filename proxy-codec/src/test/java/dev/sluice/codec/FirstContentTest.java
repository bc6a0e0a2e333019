package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerReader.Event;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ProviderDialect;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * In every dialect of providers, which payload of a stream is the first with something generated in it: up to there an
 * attempt can be repeated, so that what each one says first must not count, and what the client sees must.
 */
final class FirstContentTest {

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            {'choices':[{'delta':{'role':'assistant'}}]}
            {'choices':[{'delta':{'role':'assistant','content':''}}]}
            {'choices':[{'delta':{'role':'assistant','content':null,'refusal':null,'tool_calls':[],'images':[]}}]}
            {'choices':[{'delta':{'reasoning_content':'','reasoning':null}}]}
            {'choices':[{'delta':{}}]}
            {'choices':[{'delta':{},'finish_reason':'stop'}]}
            {'choices':[{'text':''}]}
            {'choices':[],'prompt_filter_results':[{'prompt_index':0}]}
            {'choices':[],'usage':{'prompt_tokens':1,'completion_tokens':0,'total_tokens':1}}
            """)
    void openAiOpensWith(String payload) {
        assertThat(event("openai", Endpoint.CHAT_COMPLETIONS, "", payload)).isIn(Event.OTHER, Event.USAGE_ONLY);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            {'choices':[{'delta':{'content':'a'}}]}
            {'choices':[{'delta':{'role':'assistant','content':' '}}]}
            {'choices':[{'delta':{'refusal':'a'}}]}
            {'choices':[{'delta':{'reasoning_content':'a'}}]}
            {'choices':[{'delta':{'reasoning':'a'}}]}
            {'choices':[{'delta':{'reasoning_details':[{'type':'reasoning.encrypted','data':'a'}]}}]}
            {'choices':[{'delta':{'content':[{'type':'thinking','thinking':[{'type':'text','text':'a'}]}]}}]}
            {'choices':[{'delta':{'tool_calls':[{'index':0,'id':'c','function':{'name':'f','arguments':''}}]}}]}
            {'choices':[{'delta':{'function_call':{'name':'f','arguments':''}}}]}
            {'choices':[{'delta':{'audio':{'id':'a','data':'AAAA'}}}]}
            {'choices':[{'delta':{'images':[{'image_url':{'url':'data:image/png;base64,AAAA'}}]}}]}
            {'choices':[{'text':'a'}]}
            """)
    void openAiSaysFirst(String payload) {
        assertThat(event("openai", Endpoint.CHAT_COMPLETIONS, "", payload)).isEqualTo(Event.CONTENT);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            {'type':'message_start','message':{'id':'m','role':'assistant','content':[],'usage':{'input_tokens':9}}}
            {'type':'ping'}
            {'type':'content_block_start','index':0,'content_block':{'type':'text','text':''}}
            {'type':'content_block_start','index':0,'content_block':{'type':'thinking','thinking':'','signature':''}}
            {'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':''}}
            {'type':'content_block_delta','index':0,'delta':{'type':'input_json_delta','partial_json':''}}
            {'type':'content_block_stop','index':0}
            {'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':{'output_tokens':1}}
            """)
    void anthropicOpensWith(String payload) {
        assertThat(event("anthropic", Endpoint.MESSAGES, "", payload)).isIn(Event.OTHER, Event.EMPTY);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            {'type':'message_start','message':{'id':'m','content':[{'type':'text','text':'a'}]}}
            {'type':'content_block_start','index':0,'content_block':{'type':'text','text':'a'}}
            {'type':'content_block_start','index':0,'content_block':{'type':'tool_use','id':'t','name':'f','input':{}}}
            {'type':'content_block_start','index':0,'content_block':{'type':'server_tool_use','id':'t','name':'f'}}
            {'type':'content_block_start','index':0,'content_block':{'type':'web_search_tool_result','content':[]}}
            {'type':'content_block_start','index':0,'content_block':{'type':'redacted_thinking','data':'a'}}
            {'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'a'}}
            {'type':'content_block_delta','index':0,'delta':{'type':'thinking_delta','thinking':'a'}}
            {'type':'content_block_delta','index':0,'delta':{'type':'signature_delta','signature':'a'}}
            {'type':'content_block_delta','index':0,'delta':{'type':'input_json_delta','partial_json':'{'}}
            {'type':'message_delta','delta':{'stop_reason':'refusal','stop_details':{'explanation':'no'}}}
            """)
    void anthropicSaysFirst(String payload) {
        assertThat(event("anthropic", Endpoint.MESSAGES, "", payload)).isEqualTo(Event.CONTENT);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            {'candidates':[{'content':{'role':'model'},'index':0}],'usageMetadata':{'promptTokenCount':9}}
            {'candidates':[{'content':{'parts':[{'text':''}],'role':'model'},'index':0}]}
            {'candidates':[{'content':{'parts':[]},'finishReason':'STOP'}]}
            {'usageMetadata':{'promptTokenCount':9},'modelVersion':'m','responseId':'r'}
            """)
    void geminiOpensWith(String payload) {
        assertThat(event("gemini", Endpoint.GENERATE_CONTENT, "", payload)).isEqualTo(Event.OTHER);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            {'candidates':[{'content':{'parts':[{'text':'a'}]}}]}
            {'candidates':[{'content':{'parts':[{'text':'a','thought':true}]}}]}
            {'candidates':[{'content':{'parts':[{'functionCall':{'name':'f','args':{}}}]}}]}
            {'candidates':[{'content':{'parts':[{'inlineData':{'mimeType':'image/png','data':'AAAA'}}]}}]}
            {'candidates':[{'content':{'parts':[{'executableCode':{'code':'1'}}]}}]}
            {'promptFeedback':{'blockReason':'SAFETY'}}
            """)
    void geminiSaysFirst(String payload) {
        assertThat(event("gemini", Endpoint.GENERATE_CONTENT, "", payload)).isEqualTo(Event.CONTENT);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            messageStart ! {'role':'assistant'}
            contentBlockStart ! {'contentBlockIndex':0,'start':{}}
            contentBlockDelta ! {'contentBlockIndex':0,'delta':{'text':''}}
            contentBlockDelta ! {'contentBlockIndex':0,'delta':{'reasoningContent':{'text':''}}}
            contentBlockStop ! {'contentBlockIndex':0}
            messageStop ! {'stopReason':'end_turn'}
            """)
    void bedrockOpensWith(String name, String payload) {
        assertThat(event("bedrock", Endpoint.CONVERSE, name, payload)).isEqualTo(Event.OTHER);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            contentBlockStart ! {'contentBlockIndex':0,'start':{'toolUse':{'toolUseId':'t','name':'f'}}}
            contentBlockDelta ! {'contentBlockIndex':0,'delta':{'text':'a'}}
            contentBlockDelta ! {'contentBlockIndex':0,'delta':{'reasoningContent':{'text':'a'}}}
            contentBlockDelta ! {'contentBlockIndex':0,'delta':{'reasoningContent':{'redactedContent':'AAAA'}}}
            """)
    void bedrockSaysFirst(String name, String payload) {
        assertThat(event("bedrock", Endpoint.CONVERSE, name, payload)).isEqualTo(Event.CONTENT);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            {'model':'m','message':{'role':'assistant','content':''},'done':false}
            {'model':'m','message':{'role':'assistant','content':'','thinking':'','tool_calls':[]},'done':false}
            """)
    void ollamaOpensWith(String payload) {
        assertThat(event("ollama", Endpoint.OLLAMA_CHAT, "", payload)).isEqualTo(Event.OTHER);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
            {'model':'m','message':{'content':'a'},'done':false}
            {'model':'m','message':{'content':'','thinking':'a'},'done':false}
            {'model':'m','message':{'content':'','tool_calls':[{'function':{'name':'f','arguments':{}}}]},'done':false}
            """)
    void ollamaSaysFirst(String payload) {
        assertThat(event("ollama", Endpoint.OLLAMA_CHAT, "", payload)).isEqualTo(Event.CONTENT);
    }

    private static Event event(String dialect, Endpoint endpoint, String name, String payload) {
        for (ProviderDialect speaks : Dialects.provider(dialect, Dialects.HostOptions.NONE)) {
            if (speaks.wireFormat() == endpoint.wireFormat()) {
                return event(speaks.newAnswer(endpoint, /* stream= */ true, ChatEvents.IGNORED), name, payload);
            }
        }
        throw new IllegalArgumentException(dialect + " has no " + endpoint);
    }

    private static Event event(AnswerReader answer, String name, String payload) {
        ByteBuf bytes = Unpooled.copiedBuffer(payload.replace('\'', '"'), UTF_8);
        try (answer) {
            if (!name.isEmpty()) {
                answer.onName(name);
            }
            answer.onPayload(bytes, 0, bytes.readableBytes());
            return answer.onPayloadEnd();
        } finally {
            bytes.release();
        }
    }
}
