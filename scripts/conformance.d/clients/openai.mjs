// `openai` from npm: chat completions and responses.
import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { DEADLINE_MILLIS, MAX_TOKENS, PERSON, PROMPT, SYSTEM } from '../question.mjs';

const client = ({ root, key }) =>
  new OpenAI({ baseURL: `${root}/v1`, apiKey: key, maxRetries: 0, timeout: DEADLINE_MILLIS });

const called = (name, json) => ({ name, arguments: JSON.parse(json) });

export const chat = {
  name: 'openai, chat',
  dialect: 'openai',

  async ask(at, question, stream) {
    const { completions } = client(at).chat;
    const params = {
      model: at.model,
      max_completion_tokens: MAX_TOKENS,
      temperature: 0.5,
      messages: [
        { role: 'system', content: SYSTEM },
        { role: 'user', content: question.image ? chatImage(question.image) : PROMPT },
      ],
    };
    if (question.tools.length > 0) {
      params.tools = question.tools.map((tool) => ({
        type: 'function',
        function: { name: tool.name, description: tool.description, parameters: question.jsonSchemaOf(tool) },
      }));
      params.tool_choice = 'auto';
    }
    if (question.structured) {
      params.response_format = zodResponseFormat(PERSON, 'person');
    }
    if (question.reasons) {
      params.reasoning_effort = 'low';
    }
    const first = await completed(completions, params, stream);
    if (!question.loops) {
      return chatHeard(first.completion, first.reasoning, question);
    }
    const message = first.completion.choices[0].message;
    params.messages.push(message);
    for (const call of message.tool_calls) {
      params.messages.push({ role: 'tool', tool_call_id: call.id, content: question.toolResult });
    }
    const second = await completed(completions, params, stream);
    const heard = chatHeard(second.completion, second.reasoning, question);
    return { ...heard, calls: calls(message) };
  },
};

const chatImage = (base64) => [
  { type: 'text', text: PROMPT },
  { type: 'image_url', image_url: { url: `data:image/png;base64,${base64}`, detail: 'low' } },
];

/** Reasoning is no member of this dialect: the library keeps it without knowing it. */
async function completed(completions, params, stream) {
  if (!stream) {
    // Its parse() wants tools that are strict, and a strict tool has no optional arguments.
    const completion = await (params.tools ? completions.create(params) : completions.parse(params));
    return { completion, reasoning: completion.choices[0].message.reasoning_content ?? '' };
  }
  let reasoning = '';
  const events = completions.stream({ ...params, stream_options: { include_usage: true } });
  events.on('chunk', (chunk) => {
    reasoning += chunk.choices[0]?.delta.reasoning_content ?? '';
  });
  return { completion: await events.finalChatCompletion(), reasoning };
}

const calls = (message) => (message.tool_calls ?? []).map((call) => called(call.function.name, call.function.arguments));

function chatHeard(completion, reasoning, question) {
  const { message, finish_reason: finish } = completion.choices[0];
  return {
    text: message.content ?? '',
    reasoning,
    calls: calls(message),
    finish,
    ...(question.structured && { object: message.parsed }),
    inputTokens: completion.usage.prompt_tokens,
    outputTokens: completion.usage.completion_tokens,
  };
}

export const responses = {
  name: 'openai, responses',
  dialect: 'responses',

  async ask(at, question, stream) {
    const openai = client(at);
    const params = {
      model: at.model,
      instructions: SYSTEM,
      max_output_tokens: MAX_TOKENS,
      store: false,
      input: [{ role: 'user', content: question.image ? responsesImage(question.image) : PROMPT }],
    };
    if (question.tools.length > 0) {
      params.tools = question.tools.map((tool) => ({
        type: 'function',
        name: tool.name,
        description: tool.description,
        parameters: question.jsonSchemaOf(tool),
        strict: false,
      }));
    }
    if (question.structured) {
      params.text = { format: zodTextFormat(PERSON, 'person') };
    }
    if (question.reasons) {
      params.reasoning = { effort: 'low', summary: 'auto' };
      params.include = ['reasoning.encrypted_content'];
    }
    const first = await responded(openai, params, stream);
    if (!question.loops) {
      return responsesHeard(first, question);
    }
    params.input.push(...first.output);
    for (const item of first.output.filter(({ type }) => type === 'function_call')) {
      params.input.push({ type: 'function_call_output', call_id: item.call_id, output: question.toolResult });
    }
    const second = await responded(openai, params, stream);
    return { ...responsesHeard(second, question), calls: responsesHeard(first, question).calls };
  },
};

const responsesImage = (base64) => [
  { type: 'input_text', text: PROMPT },
  { type: 'input_image', image_url: `data:image/png;base64,${base64}`, detail: 'low' },
];

async function responded(openai, params, stream) {
  if (!stream) {
    return openai.responses.parse(params);
  }
  const pieces = [];
  const events = openai.responses.stream(params);
  events.on('response.output_text.delta', ({ delta }) => pieces.push(delta));
  const response = await events.finalResponse();
  if (pieces.join('') !== response.output_text) {
    throw new Error(`the deltas say '${pieces.join('')}', the end says '${response.output_text}'`);
  }
  return response;
}

function responsesHeard(response, question) {
  const items = (type) => response.output.filter((item) => item.type === type);
  const functionCalls = items('function_call');
  if (response.status !== 'completed') {
    throw new Error(`the status is ${response.status}`);
  }
  return {
    text: response.output_text,
    reasoning: items('reasoning')
      .flatMap(({ summary }) => summary.map(({ text }) => text))
      .join(''),
    calls: functionCalls.map((item) => called(item.name, item.arguments)),
    finish: functionCalls.length > 0 ? 'tool_calls' : 'stop',
    ...(question.structured && { object: response.output_parsed }),
    inputTokens: response.usage.input_tokens,
    outputTokens: response.usage.output_tokens,
  };
}
