// Python's `strftime`, for templates that write the date into the prompt. The output is always English, regardless of the
// locale, because models were trained with English dates.

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

/** The text of a format code: a string, or a number with its width and padding. */
type Part = string | readonly [value: number, width: number, fill: '0' | ' '];

const twoDigits = (value: number): Part => [value, 2, '0'];
const padPart = (part: Part): string =>
  typeof part === 'string' ? part : String(part[0]).padStart(part[1], part[2]);
const dayName = (date: Date): string => DAYS[date.getDay()] ?? '';
const monthName = (date: Date): string => MONTHS[date.getMonth()] ?? '';
const hour12 = (date: Date): number => date.getHours() % 12 || 12;
const DAY_MS = 86_400_000;

/** Returns the day of the year, from 1. */
function dayOfYear(date: Date): number {
  const year = date.getFullYear();
  return (Date.UTC(year, date.getMonth(), date.getDate()) - Date.UTC(year, 0, 0)) / DAY_MS;
}

/** Returns the week of the year for weeks that start on `firstDay`; the days before the first such day are week 0. */
const weekOfYear = (date: Date, firstDay: number): number =>
  Math.floor((dayOfYear(date) + 6 - ((date.getDay() + 7 - firstDay) % 7)) / 7);

/** Returns the ISO 8601 week and its year, which is the year of its Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 4 - (date.getDay() || 7));
  return { year: thursday.getFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}

const formatDate = (date: Date, format: string): string => strftime(date, format);

const CODES: Readonly<Record<string, (date: Date) => Part>> = {
  a: (date) => dayName(date).slice(0, 3),
  A: dayName,
  w: (date) => String(date.getDay()),
  u: (date) => String(date.getDay() || 7),
  d: (date) => twoDigits(date.getDate()),
  e: (date) => [date.getDate(), 2, ' '],
  b: (date) => monthName(date).slice(0, 3),
  h: (date) => monthName(date).slice(0, 3),
  B: monthName,
  m: (date) => twoDigits(date.getMonth() + 1),
  y: (date) => twoDigits(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  C: (date) => twoDigits(Math.floor(date.getFullYear() / 100)),
  G: (date) => String(isoWeek(date).year),
  g: (date) => twoDigits(isoWeek(date).year % 100),
  V: (date) => twoDigits(isoWeek(date).week),
  U: (date) => twoDigits(weekOfYear(date, 0)),
  W: (date) => twoDigits(weekOfYear(date, 1)),
  H: (date) => twoDigits(date.getHours()),
  k: (date) => [date.getHours(), 2, ' '],
  I: (date) => twoDigits(hour12(date)),
  l: (date) => [hour12(date), 2, ' '],
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getHours() < 12 ? 'am' : 'pm'),
  M: (date) => twoDigits(date.getMinutes()),
  S: (date) => twoDigits(date.getSeconds()),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  f: (date) => `${String(date.getMilliseconds()).padStart(3, '0')}000`,
  j: (date) => [dayOfYear(date), 3, '0'],
  c: (date) => formatDate(date, '%a %b %e %H:%M:%S %Y'),
  x: (date) => formatDate(date, '%m/%d/%y'),
  X: (date) => formatDate(date, '%H:%M:%S'),
  D: (date) => formatDate(date, '%m/%d/%y'),
  F: (date) => formatDate(date, '%Y-%m-%d'),
  R: (date) => formatDate(date, '%H:%M'),
  r: (date) => formatDate(date, '%I:%M:%S %p'),
  T: (date) => formatDate(date, '%H:%M:%S'),
  n: () => '\n',
  t: () => '\t',
  z: () => '',
  Z: () => '',
  '%': () => '%',
};

/**
 * Formats local time, like Python's `datetime.now()`, with the codes of the GNU library: `%-d` has no leading zeros,
 * `%_d` is padded with spaces, `%^a` is upper case. Unknown codes are copied unchanged.
 */
export function strftime(date: Date, format: string): string {
  return format.replace(/%([-_0^#]?)([a-zA-Z%])/g, (directive, flag: string, code: string) => {
    const part = CODES[code]?.(date);
    if (part === undefined) return directive;
    if (flag === '^') return padPart(part).toUpperCase();
    if (flag === '#')
      return code === 'Z' || code === 'p' ? padPart(part).toLowerCase() : padPart(part).toUpperCase();
    if (typeof part === 'string' || flag === '') return padPart(part);
    const [value, width] = part;
    return flag === '-' ? String(value) : padPart([value, width, flag === '_' ? ' ' : '0']);
  });
}
