// Python's `strftime`, for templates that tell the model the date. In English, whatever the machine speaks:
// that is what Python writes and what models were trained on.

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

const two = (value: number): string => String(value).padStart(2, '0');
const day = (date: Date): string => DAYS[date.getDay()] ?? '';
const month = (date: Date): string => MONTHS[date.getMonth()] ?? '';
const hour12 = (date: Date): number => date.getHours() % 12 || 12;

function dayOfYear(date: Date): number {
  const utc = (year: number, monthIndex: number, dayOfMonth: number): number =>
    Date.UTC(year, monthIndex, dayOfMonth) / 86_400_000;
  const year = date.getFullYear();
  return utc(year, date.getMonth(), date.getDate()) - utc(year, 0, 0);
}

const CODES: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => day(date).slice(0, 3),
  A: day,
  w: (date) => String(date.getDay()),
  d: (date) => two(date.getDate()),
  e: (date) => String(date.getDate()).padStart(2),
  b: (date) => month(date).slice(0, 3),
  B: month,
  m: (date) => two(date.getMonth() + 1),
  y: (date) => two(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  H: (date) => two(date.getHours()),
  I: (date) => two(hour12(date)),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  M: (date) => two(date.getMinutes()),
  S: (date) => two(date.getSeconds()),
  f: (date) => `${String(date.getMilliseconds()).padStart(3, '0')}000`,
  j: (date) => String(dayOfYear(date)).padStart(3, '0'),
  F: (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  T: (date) => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
  z: () => '',
  Z: () => '',
  '%': () => '%',
};

/** Local time, which Python's `datetime.now()` is. `%-d` and the like leave zeros out; unknown codes stay. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)([a-zA-Z%])/g, (whole, plain: string, code: string) => {
    const text = CODES[code]?.(date);
    if (text === undefined) return whole;
    return plain === '' ? text : text.replace(/^[0 ]+(?=.)/, '');
  });
}
