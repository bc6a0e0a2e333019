// `@anthropic-ai/sdk` from npm.
import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { DEADLINE_MILLIS, MAX_TOKENS, PERSON, PROMPT, SYSTEM, THINKING_BUDGET } from '../question.mjs';

export const messages = {
  name: '@anthropic-ai/sdk',
  dialect: 'anthropic',

  async ask({ root, key, model }, question, stream) {
    const client = new Anthropic({ baseURL: root, apiKey: key, maxRetries: 0, timeout: DEADLINE_MILLIS });
    const params = {
      model,
      max_tokens: MAX_TOKENS,
      system: SYSTEM,
      messages: [{ role: 'user', content: question.image ? imageBlocks(question.image) : PROMPT }],
    };
    if (question.tools.length > 0) {
      params.tools = question.tools.map((tool) => ({
        name: tool.name,
        description: tool.description,
        input_schema: question.jsonSchemaOf(tool),
      }));
      params.tool_choice = { type: 'auto' };
    }
    if (question.structured) {
      params.output_config = { format: zodOutputFormat(PERSON) };
    }
    if (question.reasons) {
      params.thinking = { type: 'enabled', budget_tokens: THINKING_BUDGET };
    }
    const first = await answered(client, params, stream);
    if (!question.loops) {
      return heard(first, question);
    }
    params.messages.push({ role: 'assistant', content: first.content });
    params.messages.push({
      role: 'user',
      content: blocks(first, 'tool_use').map(({ id }) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: question.toolResult,
      })),
    });
    const second = await answered(client, params, stream);
    return { ...heard(second, question), calls: heard(first, question).calls };
  },
};

const imageBlocks = (base64) => [
  { type: 'text', text: PROMPT },
  { type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } },
];

const answered = (client, params, stream) =>
  stream ? client.messages.stream(params).finalMessage() : client.messages.parse(params);

const blocks = (message, type) => message.content.filter((block) => block.type === type);

const FINISH = { end_turn: 'stop', tool_use: 'tool_calls' };

function heard(message, question) {
  return {
    text: blocks(message, 'text')
      .map(({ text }) => text)
      .join(''),
    reasoning: blocks(message, 'thinking')
      .map(({ thinking }) => thinking)
      .join(''),
    calls: blocks(message, 'tool_use').map(({ name, input }) => ({ name, arguments: input })),
    finish: FINISH[message.stop_reason] ?? message.stop_reason,
    ...(question.structured && { object: message.parsed_output }),
    inputTokens: message.usage.input_tokens,
    outputTokens: message.usage.output_tokens,
  };
}
