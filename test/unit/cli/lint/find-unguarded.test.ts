import { describe, expect, it } from "vitest";
import { findUnguarded } from "../../../../src/cli/lint/find-unguarded.js";

const reads: readonly [what: string, source: string, read: string][] = [
  ["a destructured output", "({ output }) => release(output.id)", "output.id"],
  ["a renamed one", "({ output: made }) => release(made.id)", "made.id"],
  ["the argument's output", "(context) => release(context.output.id)", "context.output.id"],
  ["an output by index", "(c) => release(c['output'].id)", "c['output'].id"],
  ["a nested pattern", "({ output: { id } }) => release(id)", "output: { id }"],
  ["a pattern of the argument in the body", "(c) => { const { output } = c; use(output.id); }", "output.id"],
  ["a nested pattern in the body", "(c) => { const { output: { id } } = c; }", "{ output: { id } } = c"],
  ["the rest of the argument", "({ input, ...rest }) => use(rest.output.id)", "rest.output.id"],
  ["another name for it", "(c) => { const made = c.output; use(made.id); }", "made.id"],
  ["a pattern of it", "async ({ output }) => { const { id } = output; }", "{ id } = output"],
  ["a pattern assigned from it", "({ output }) => { let id; ({ id } = output); }", "{ id } = output"],
  [
    "its items",
    "({ output }) => { for (const one of output) use(one); }",
    "for (const one of output) use(one);",
  ],
  ["its items as arguments", "({ output }) => use(...output)", "use(...output)"],
  ["a key of it", "({ output }) => 'id' in output", "'id' in output"],
  ["a method", "compensate({ output }) { return release(output.id); }", "output.id"],
  ["an async method", "async compensate({ output }) { await release(output.id); }", "output.id"],
  ["a function expression", "function (c) { return release(c.output.id); }", "c.output.id"],
  ["a read in a callback", "({ output }) => retry(() => release(output.id))", "output.id"],
  ["a read in the condition itself", "({ output }) => { if (output.id) release(output.id); }", "output.id"],
  ["a read on the wrong side", "({ output }) => { if (!output) release(output.id); }", "output.id"],
  ["a read on the wrong side of ?:", "({ output }) => output ? none() : release(output.id)", "output.id"],
  ["a read on the wrong side of ||", "({ output }) => output || release(output.id)", "output.id"],
  [
    "a read after a check without return",
    "({ output }) => { if (!output) log(); use(output.id); }",
    "output.id",
  ],
  [
    "a read guarded by something else",
    "({ output, reason }) => { if (reason) use(output.id); }",
    "output.id",
  ],
  [
    "a read after a check for null alone",
    "({ output }) => { if (output !== null) use(output.id); }",
    "output.id",
  ],
  [
    "a read where one way is unguarded",
    "({ output, a }) => { if (a || output) use(output.id); }",
    "output.id",
  ],
  [
    "a read after an if that does not leave",
    "({ output }) => { if (output) log(); use(output.id); }",
    "output.id",
  ],
  [
    "a read after both ways",
    "({ output }) => { if (output) log(); else warn(); use(output.id); }",
    "output.id",
  ],
  [
    "a read where a part differs",
    "({ output }) => { if (output?.kind !== 'paid') use(output.id); }",
    "output.id",
  ],
  ["a read where a part says no", "({ output }) => { if (!output?.has('x')) use(output.id); }", "output.id"],
  [
    "a read where it is undefined",
    "({ output }) => { if (typeof output === 'undefined') use(output.id); }",
    "output.id",
  ],
  [
    "a read where one of two is missing",
    "({ output, a }) => { if (!output && a) return; use(output.id); }",
    "output.id",
  ],
  ["a read in another argument's default", "({ output, id = output.id }) => release(id)", "output.id"],
  ["an output in quotes", "({ 'output': made }) => use(made.id)", "made.id"],
  ["a read that is not optional itself", "(c) => use(c?.output.id)", "c?.output.id"],
  [
    "a read after it was logged",
    "({ output, log }) => { log('undo', output); use(output.id); }",
    "output.id",
  ],
];

const allowed: readonly [what: string, source: string][] = [
  ["an optional read", "({ output }) => release(output?.id)"],
  ["a chain that starts with one", "({ output }) => release(output?.booking.id)"],
  ["a default", "({ output }) => release((output ?? fallback).id)"],
  ["a default in the pattern", "({ output = {} }) => release(output.id)"],
  ["a default in a nested pattern", "({ output: { id } = {} }) => release(id)"],
  ["a pattern with a default", "({ output }) => { const { id } = output ?? {}; release(id); }"],
  ["an if", "({ output }) => { if (output) release(output.id); }"],
  ["a comparison with undefined", "({ output }) => { if (output !== undefined) release(output.id); }"],
  ["a loose comparison with null", "({ output }) => { if (output != null) release(output.id); }"],
  ["a comparison with void 0", "({ output }) => { if (void 0 !== output) release(output.id); }"],
  ["a typeof", "({ output }) => typeof output === 'object' && release(output.id)"],
  ["a return before", "({ output }) => { if (output === undefined) return; release(output.id); }"],
  ["a throw before", "(c) => { if (!c.output) { throw new Error('x'); } release(c.output.id); }"],
  ["a return before, among others", "({ output, a }) => { if (!output || a) return; release(output.id); }"],
  ["an else", "({ output }) => { if (!output) findAndRelease(); else release(output.id); }"],
  ["an else that leaves", "({ output }) => { if (output) log(); else return; release(output.id); }"],
  [
    "ways that all leave",
    "({ output, a }) => { if (!output) { if (a) return; else throw a; } release(output.id); }",
  ],
  [
    "a case for none",
    "({ output }) => { switch (output?.kind) { case undefined: return; } release(output.id); }",
  ],
  ["a conditional", "({ output }) => (output ? release(output.id) : release())"],
  ["an and", "({ output }) => output && release(output.id)"],
  ["an or", "({ output }) => !output || release(output.id)"],
  ["a part of it", "({ output }) => { if (output?.id) release(output.id); }"],
  ["a part of it compared", "({ output }) => { if (output?.kind !== 'paid') return; refund(output.id); }"],
  ["a Boolean of it", "({ output }) => { if (Boolean(output)) release(output.id); }"],
  ["a constant for it", "({ output }) => { const made = output !== undefined; if (made) use(output.id); }"],
  ["a check of one's own", "({ output }) => { if (isBooking(output)) release(output.id); }"],
  ["an assertion", "({ output }) => { assert(output); release(output.id); }"],
  ["a method that asserts", "({ output }) => { assert.ok(output, 'none'); release(output.id); }"],
  ["a switch over it", "({ output }) => { switch (output?.kind) { case 'paid': refund(output.id); } }"],
  ["a while", "({ output }) => { while (output) release(output.id); }"],
  ["a catch", "({ output }) => { try { release(output.id); } catch { releaseAll(); } }"],
  ["handing on the whole", "({ output }) => release(output)"],
  ["handing on the argument", "(context) => release(context)"],
  ["a spread into an object", "({ output }) => release({ ...output })"],
  ["a text with it", "({ output }) => release('' + output)"],
  ["a name that is assigned to", "({ output }) => { output ??= find(); release(output.id); }"],
  ["another output of the same name", "({ input }) => input.map(({ output }) => output.id)"],
  ["an inner name like it", "({ output }) => { log(output); list.map((output) => output.id); }"],
  ["the output of something else", "({ results }) => release(results.output.id)"],
  ["no argument at all", "() => release()"],
  ["the results", "({ results }) => release(results.book.id)"],
];

describe("findUnguarded", () => {
  it.each(reads)("finds a read of %s", (_, source, read) => {
    expect(findUnguarded(source)).toBe(read);
  });

  it.each(allowed)("lets pass %s", (_, source) => {
    expect(findUnguarded(source)).toBeUndefined();
  });

  it.each([
    ["a native function", Array.prototype.map.toString()],
    ["a bound function", ((c: { output: { id: string } }) => c.output.id).bind(undefined).toString()],
    ["a class", "class { run({ output }) { return output.id; } }"],
    ["what is no JavaScript", "({ output }) =>"],
    ["an empty source", ""],
  ])("lets pass %s, which cannot be looked into", (_, source) => {
    expect(findUnguarded(source)).toBeUndefined();
  });
});
