import { refusingServices } from "backstep/testing";
import { describe, expect, it, vi } from "vitest";
import { refusedBy } from "../../../../src/testing/continue/refusing-services.js";

interface Shop {
  readonly payments: {
    capture(id: string, what: { cents: number; currency: string }): Promise<string>;
    refund(id: string): Promise<void>;
  };
  readonly stock: Map<string, number>;
  readonly log: (...args: unknown[]) => void;
}

describe("refusingServices", () => {
  it("names the call that has no fake and what it was given, and how to fake it", () => {
    const services = refusingServices<Shop>();
    const call = () => services.payments.capture("p-7", { cents: 900, currency: "EUR" });
    expect(call).toThrow('services.payments.capture("p-7", { cents, currency }) has no fake.');
    expect(call).toThrow("refusingServices({ payments: { capture: async () => … } })");
  });

  it.each([
    [["a".repeat(50)], `"${"a".repeat(40)}…"`],
    [[[], [1, 2], {}, () => 1], "[], [2 items], {}, () => …"],
    [[1, null, undefined, true], "1, null, undefined, true"],
  ])("tells arguments in a few characters (%j)", (args, text) => {
    expect(() => refusingServices<Shop>().log(...args)).toThrow(`services.log(${text}) has no fake.`);
  });

  it("calls what is faked, beside what is not", async () => {
    const capture = vi.fn(async () => "c-1");
    const services = refusingServices<Shop>({ payments: { capture }, stock: new Map([["tea", 3]]) });
    await expect(services.payments.capture("p-7", { cents: 9, currency: "EUR" })).resolves.toBe("c-1");
    expect(capture).toHaveBeenCalledWith("p-7", { cents: 9, currency: "EUR" });
    expect(services.stock.get("tea")).toBe(3);
    expect(() => services.payments.refund("p-7")).toThrow('services.payments.refund("p-7") has no fake.');
  });

  it("takes an instance of a class, with fields of its own", () => {
    class FakeShop {
      readonly #ids = ["p-1"];
      readonly payments = { refund: async () => undefined, capture: async () => this.#ids[0] ?? "" };
      readonly stock = new Map();
      log(): string {
        return this.#ids.join();
      }
    }
    expect(refusingServices<FakeShop>(new FakeShop()).log()).toBe("p-1");
  });

  it("is awaited and printed like any other object", async () => {
    const services = refusingServices<Shop>();
    await expect(Promise.resolve(services)).resolves.toBe(services);
    expect(JSON.stringify(services)).toBe("{}");
    expect(refusedBy(services)).toEqual([]);
  });

  it("remembers what it refused, also where a handler swallows the error", () => {
    const services = refusingServices<Shop>();
    for (const id of ["p-1", "p-2"]) expect(() => services.payments.refund(id)).toThrow();
    expect(refusedBy(services).map(({ problem }) => problem)).toEqual([
      'services.payments.refund("p-1") has no fake.',
      'services.payments.refund("p-2") has no fake.',
    ]);
    expect(refusedBy({})).toEqual([]);
  });
});
