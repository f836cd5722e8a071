// Python's `strftime`, for templates that write the date into the prompt. Always in English, regardless of the locale:
// models were trained on that.

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A string, or a number with its width and padding. */
type Part = string | readonly [value: number, width: number, fill: '0' | ' '];

const two = (value: number): Part => [value, 2, '0'];
const padPart = (part: Part): string =>
  typeof part === 'string' ? part : String(part[0]).padStart(part[1], part[2]);
const day = (date: Date): string => DAYS[date.getDay()] ?? '';
const month = (date: Date): string => MONTHS[date.getMonth()] ?? '';
const hour12 = (date: Date): number => date.getHours() % 12 || 12;
const DAY_MS = 86_400_000;

/** From 1. */
function dayOfYear(date: Date): number {
  const year = date.getFullYear();
  return (Date.UTC(year, date.getMonth(), date.getDate()) - Date.UTC(year, 0, 0)) / DAY_MS;
}

/** Week of the year for weeks that start on `firstDay`; the days before the first such day are week 0. */
const weekOfYear = (date: Date, firstDay: number): number =>
  Math.floor((dayOfYear(date) + 6 - ((date.getDay() + 7 - firstDay) % 7)) / 7);

/** The ISO 8601 week and its year, which is the year of its Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 4 - (date.getDay() || 7));
  return { year: thursday.getFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}

const expand = (date: Date, format: string): string => strftime(date, format);

const CODES: Readonly<Record<string, (date: Date) => Part>> = {
  a: (date) => day(date).slice(0, 3),
  A: day,
  w: (date) => String(date.getDay()),
  u: (date) => String(date.getDay() || 7),
  d: (date) => two(date.getDate()),
  e: (date) => [date.getDate(), 2, ' '],
  b: (date) => month(date).slice(0, 3),
  h: (date) => month(date).slice(0, 3),
  B: month,
  m: (date) => two(date.getMonth() + 1),
  y: (date) => two(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  C: (date) => two(Math.floor(date.getFullYear() / 100)),
  G: (date) => String(isoWeek(date).year),
  g: (date) => two(isoWeek(date).year % 100),
  V: (date) => two(isoWeek(date).week),
  U: (date) => two(weekOfYear(date, 0)),
  W: (date) => two(weekOfYear(date, 1)),
  H: (date) => two(date.getHours()),
  k: (date) => [date.getHours(), 2, ' '],
  I: (date) => two(hour12(date)),
  l: (date) => [hour12(date), 2, ' '],
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getHours() < 12 ? 'am' : 'pm'),
  M: (date) => two(date.getMinutes()),
  S: (date) => two(date.getSeconds()),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  f: (date) => `${String(date.getMilliseconds()).padStart(3, '0')}000`,
  j: (date) => [dayOfYear(date), 3, '0'],
  c: (date) => expand(date, '%a %b %e %H:%M:%S %Y'),
  x: (date) => expand(date, '%m/%d/%y'),
  X: (date) => expand(date, '%H:%M:%S'),
  D: (date) => expand(date, '%m/%d/%y'),
  F: (date) => expand(date, '%Y-%m-%d'),
  R: (date) => expand(date, '%H:%M'),
  r: (date) => expand(date, '%I:%M:%S %p'),
  T: (date) => expand(date, '%H:%M:%S'),
  n: () => '\n',
  t: () => '\t',
  z: () => '',
  Z: () => '',
  '%': () => '%',
};

/**
 * Formats local time, like Python's `datetime.now()`, with the codes of the GNU library: `%-d` drops leading zeros, `%_d`
 * pads with spaces, `%^a` is upper case. Unknown codes are kept.
 */
export function strftime(date: Date, format: string): string {
  return format.replace(/%([-_0^#]?)([a-zA-Z%])/g, (whole, flag: string, code: string) => {
    const part = CODES[code]?.(date);
    if (part === undefined) return whole;
    if (flag === '^') return padPart(part).toUpperCase();
    if (flag === '#')
      return code === 'Z' || code === 'p' ? padPart(part).toLowerCase() : padPart(part).toUpperCase();
    if (typeof part === 'string' || flag === '') return padPart(part);
    const [value, width] = part;
    return flag === '-' ? String(value) : padPart([value, width, flag === '_' ? ' ' : '0']);
  });
}
