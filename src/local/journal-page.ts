const leafType = 0x0a;
const interiorType = 0x02;

/** Where each field of a page's header stands, by the SQLite file format, and how long it is. */
const cellCountAt = 3;
const leafHeaderBytes = 8;
const interiorHeaderBytes = 12;
const childPointerBytes = 4;

/** Bytes of an integer by its serial type, 0 to 6; 8 and 9 are the numbers 0 and 1 themselves. */
const integerBytes = [0, 1, 2, 3, 4, 6, 8];

/**
 * The keys of journal rows on a page of an SQLite database: `[instance, n]`. Any page of an index whose rows
 * are two integers and a text looks like the journal's; what is no such page has none.
 */
export function* journalKeysOf(page: Buffer): Generator<readonly [instance: number, n: number]> {
  const type = page[0];
  if (type !== leafType && type !== interiorType) return;
  const isLeaf = type === leafType;
  const pointersAt = isLeaf ? leafHeaderBytes : interiorHeaderBytes;
  const count = page.readUInt16BE(cellCountAt);
  if (pointersAt + 2 * count > page.length) return;
  for (let cell = 0; cell < count; cell += 1) {
    const at = page.readUInt16BE(pointersAt + 2 * cell) + (isLeaf ? 0 : childPointerBytes);
    const key = keyAt(page, at);
    if (key !== undefined) yield key;
  }
}

/** The first two columns of the row, if they are integers and a text follows as the last. */
function keyAt(page: Buffer, at: number): readonly [number, number] | undefined {
  const payload = varintAt(page, at);
  const header = varintAt(page, payload.next);
  const first = varintAt(page, header.next);
  const second = varintAt(page, first.next);
  const third = varintAt(page, second.next);
  const isText = third.value >= 13 && third.value % 2 === 1;
  if (!isText || third.next !== payload.next + header.value) return undefined;
  const instance = integerAt(page, third.next, first.value);
  if (instance === undefined) return undefined;
  const n = integerAt(page, instance.next, second.value);
  return n === undefined ? undefined : [instance.value, n.value];
}

/** A number of seven bits a byte, the last byte without its highest bit; `Infinity` where it is none. */
function varintAt(page: Buffer, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let next = at; next < at + 8; next += 1) {
    const byte = page[next];
    if (byte === undefined) break;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: next + 1 };
  }
  return { value: Number.POSITIVE_INFINITY, next: Number.POSITIVE_INFINITY };
}

function integerAt(page: Buffer, at: number, type: number) {
  if (type === 8 || type === 9) return { value: type - 8, next: at };
  const bytes = integerBytes[type] ?? 0;
  if (bytes === 0 || bytes > 6 || at + bytes > page.length) return undefined;
  return { value: page.readIntBE(at, bytes), next: at + bytes };
}
