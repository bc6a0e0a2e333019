// What is asked in each scenario. The scenarios themselves, what is answered and what is to be heard, come from the
// scripted provider, so that they are written down once.
import { z } from 'zod';

export const SYSTEM = 'Be brief.';
export const PROMPT = 'Grüß Gott 🌍';
export const MAX_TOKENS = 2000;
export const THINKING_BUDGET = 1024;
export const DEADLINE_MILLIS = 20_000;

export const PERSON = z.object({ name: z.string(), age: z.number() });

const TOOLS = {
  get_weather: { description: 'How the weather will be.', input: z.object({ city: z.string(), days: z.number().optional() }) },
  get_time: { description: 'What time it is.', input: z.object({ zone: z.string() }) },
  ping: { description: 'Answers.', input: z.object({}) },
};

/** The question of one scenario; `script` is what the scripted provider says of all of them. */
export class Question {
  constructor(scenario, script) {
    this.scenario = scenario;
    this.kind = scenario.model;
    this.image = this.kind === 'image' ? script.imageBytes : undefined;
    this.loops = this.kind === 'tool-loop';
    this.toolResult = script.toolResult;
    this.tools = scenario.calls.map(({ name }) => ({ name, ...TOOLS[name] }));
    this.structured = this.kind === 'structured';
    this.reasons = this.kind === 'reasoning';
    // In a loop the client calls the tool, and hears what was said in the end.
    const end = this.loops ? script.loopEnded : scenario;
    this.expected = {
      text: end.text,
      reasoning: end.reasoning,
      calls: scenario.calls,
      finish: end.calls.length > 0 ? 'tool_calls' : 'stop',
      inputTokens: end.inputTokens,
      outputTokens: end.outputTokens,
    };
    if (this.structured) {
      this.expected.object = JSON.parse(scenario.text);
    }
  }

  jsonSchemaOf(tool) {
    const { $schema, ...schema } = z.toJSONSchema(tool.input);
    return schema;
  }
}
