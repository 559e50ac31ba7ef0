/** An archive of files as they are, without compression (APPNOTE.TXT 6.3.10, 4.3). */

/** @typedef {{name: string, octets: Uint8Array}} File */

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  let sum = value;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});

/** CRC-32 of some octets (4.4.7). @param {Uint8Array} octets */
export function crc32(octets) {
  let sum = 0xffffffff;
  for (const octet of octets) sum = /** @type {number} */ (TABLE[(sum ^ octet) & 255]) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

/** Numbers, low octets first. @param {...[number, number]} fields a value and its width */
function packed(...fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, width]) => sum + width, 0)));
  let at = 0;
  for (const [value, width] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return new Uint8Array(view.buffer);
}

/** Date and hour as MS-DOS has them (4.4.6). @param {Date} when @returns {[number, number][]} */
const moment = (when) => [
  [(when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1), 2],
  [((when.getFullYear() - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate(), 2],
];

const UTF8 = 1 << 11;
/** Bit 11 of the flags: names are UTF-8 (4.4.4). */

/**
 * Names that differ, and lead nowhere else.
 * @param {string[]} names
 */
export function distinctNames(names) {
  const taken = new Set();
  return names.map((name) => {
    const plain = name.replace(/[/\\\0-\x1f:*?"<>|]/g, '_').replace(/^\.+/, '_') || '_';
    const dot = plain.lastIndexOf('.');
    const [stem, ending] = dot > 0 ? [plain.slice(0, dot), plain.slice(dot)] : [plain, ''];
    let found = plain;
    for (let count = 2; taken.has(found.toLowerCase()); count++) found = `${stem} (${count})${ending}`;
    taken.add(found.toLowerCase());
    return found;
  });
}

/**
 * The pieces of an archive.
 * @param {File[]} files @param {Date} when
 * @returns {Uint8Array<ArrayBuffer>[]}
 */
export function zip(files, when) {
  const pieces = [];
  const directory = [];
  const names = distinctNames(files.map(({ name }) => name)).map((name) => new TextEncoder().encode(name));
  let offset = 0;
  for (const [place, { octets }] of files.entries()) {
    const name = names[place] ?? new Uint8Array();
    /** @type {[number, number][]} */
    const told = [[10, 2], [UTF8, 2], [0, 2], ...moment(when), [crc32(octets), 4],
      [octets.length, 4], [octets.length, 4], [name.length, 2], [0, 2]];
    const head = packed([0x04034b50, 4], ...told); // 4.3.7
    pieces.push(head, name, octets);
    // 4.3.12
    directory.push(packed([0x02014b50, 4], [10, 2], ...told, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), name);
    offset += head.length + name.length + octets.length;
  }
  const size = directory.reduce((sum, piece) => sum + piece.length, 0);
  const end = packed([0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [offset, 4], [0, 2]); // 4.3.16
  return /** @type {Uint8Array<ArrayBuffer>[]} */ ([...pieces, ...directory, end]);
}
