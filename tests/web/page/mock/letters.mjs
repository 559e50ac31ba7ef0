/** Mail that looks like mail: some conversations by hand, the rest by a seeded die. */

const ANA = { name: 'Ana Prado', email: 'ana@example.org' };
export const PEOPLE = [
  ANA,
  { name: 'Bruno Keller', email: 'bruno@keller.example' },
  { name: 'Camila Rocha', email: 'camila@atelier.example' },
  { name: 'Dr. Eleanor Whitfield', email: 'e.whitfield@clinic.example' },
  { name: 'Farid Haddad', email: 'farid@haddad.example' },
  { name: 'GitForge', email: 'notifications@gitforge.example' },
  { name: 'Hanna Lindqvist', email: 'hanna.lindqvist@nordtrail.example' },
  { name: 'Ines & Jorge', email: 'hello@casaverde.example' },
  { name: 'Nordic Rail', email: 'tickets@nordicrail.example' },
  { name: null, email: 'no-reply@bank.example' },
  { name: '渡辺 健', email: 'ken@watanabe.example' },
  { name: 'Weekly Compiler', email: 'letter@compiler.example' },
];

/** Conversations: subject, flags, then who wrote what; `0` is Ana herself. */
const WRITTEN = [
  ['Cabin weekend: who brings what?', 'unread star', [
    [6, 'Hi all,\n\nThe cabin is ours from Friday 16:00. There are six beds and a sauna, and the lake is still warm enough.\n\nCould everybody write what they bring? I take care of breakfast.\n\nHanna'],
    [0, 'I bring the good coffee and two kinds of bread.\n\nAna'],
    [1, 'Count me in for the grill, and I have a boat with a small motor. Who has been there before and knows the way in the dark?'],
    [6, 'Wonderful! I know the way. Let us meet at the petrol station in Mora at 15:00 and drive together.\n\nHere is a picture from last year.', 'cabin.jpg image/jpeg 482113', 'cabin.ics text/calendar 920'],
  ]],
  ['Invoice 2026-118 for the kitchen', 'unread', [
    [2, 'Dear Ana,\n\nplease find attached the invoice for the kitchen, as agreed: the second of three parts. The oak arrived on Tuesday and looks lovely.\n\nIf you would like to see it before it is oiled, come by on Thursday after five.\n\nCamila', 'invoice-2026-118.pdf application/pdf 88213', 'oak-detail.png image/png 231877'],
  ]],
  ['[mailnode/mailnode] Thread list jumps when new mail arrives (#412)', 'unread html', [
    [5, '@bruno opened this issue:\n\nWhen I am scrolled down and a message comes in, the list moves by one row. It should stay where it is.'],
    [5, '@hanna commented:\n\nConfirmed. The anchor should be the first row that can be seen.'],
  ]],
  ['Your journey to Göteborg on 4 December', 'html', [
    [8, 'Thank you for travelling with us. Your ticket is attached.\n\nStockholm C 08:24 — Göteborg C 11:29\nCoach 4, seat 31 (window)', 'ticket.pdf application/pdf 51202', 'conditions.txt text/plain 1430'],
  ]],
  ['Re: Blood test results', '', [
    [3, 'Dear Ms Prado,\n\nall values are within the normal range. There is no need for a further appointment.\n\nKind regards,\nEleanor Whitfield'],
    [0, 'That is good to hear. Thank you very much!\n\nAna'],
  ]],
  ['The Weekly Compiler, no. 214: type checkers without types', 'unread html', [
    [11, 'This week: what happens when you write your types in comments, a register allocator in 90 lines, and why the fastest parser is the one that reads nothing twice.'],
  ]],
  ['Draft of chapter three', 'star', [
    [4, 'Salut Ana,\n\nvoici le chapitre trois. The part about the harbour is new; tell me if it is too long.\n\nNo hurry: next week is fine.\n\nFarid', 'chapter-3.docx application/vnd.openxmlformats-officedocument.wordprocessingml.document 144800'],
    [0, 'I read it on the train. The harbour stays! Two small remarks are in the margin.\n\nAna'],
    [4, 'You are the best reader one could have. Merci.'],
  ]],
  ['来週の打ち合わせについて', '', [
    [10, 'プラドさん\n\nお世話になっております。来週の打ち合わせですが、水曜日の午後はいかがでしょうか。\n\n渡辺'],
  ]],
  ['New sign-in from Firefox on Linux', 'html', [
    [9, 'We noticed a new sign-in to your account. If this was you, there is nothing to do.'],
  ]],
  ['Room for two nights in May', '', [
    [0, 'Hello,\n\nis the room with the fig tree free from 8 to 10 May?\n\nAna Prado'],
    [7, 'Dear Ana,\n\nit is, and we have written your name on it. Breakfast is at nine, or whenever you wake up.\n\nUn abrazo,\nInes & Jorge'],
  ]],
];

const WORDS = `meeting notes budget harvest garden window railway update question about the new plan
  for spring photos from yesterday tickets dinner Saturday release candidate review draft proposal
  thanks again see attached the minutes reminder renewal library books`.split(/\s+/);

/** A die that always falls alike. @param {number} seed */
export function die(seed) {
  let state = seed;
  return (/** @type {number} */ sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** @param {(sides: number) => number} roll @param {number} count */
const words = (roll, count) =>
  Array.from({ length: count }, () => WORDS[roll(WORDS.length)]).join(' ');

/**
 * The conversations by hand, newest first, ages in minutes.
 * @returns {{subject: string, flags: string, letters: {from: any, text: string, files: string[], age: number}[]}[]}
 */
export function conversations() {
  return WRITTEN.map(([subject, flags, letters], place) => ({
    subject,
    flags,
    letters: letters.map(([from, text, ...files], which) => ({
      from: PEOPLE[from],
      text,
      files,
      age: 14 + place * place * 220 + (letters.length - 1 - which) * 190,
    })),
  }));
}

/** One more letter of no importance. @param {(sides: number) => number} roll */
export function filler(roll) {
  const subject = words(roll, 2 + roll(5));
  return {
    subject: subject[0].toUpperCase() + subject.slice(1),
    from: PEOPLE[1 + roll(PEOPLE.length - 1)],
    text: `${words(roll, 12 + roll(30))}.`,
  };
}

export { ANA };
