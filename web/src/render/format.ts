/** Writes numbers for people. */

/** `4.2 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${Math.round(count)} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(count) / 3), units.length);
  const value = count / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]}`;
}

/** `0.4 s`, `12 s`, `2 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `about 40 s left`, `about 3 min left`, `about 2 h left`. */
export function timeLeft(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 55) return `about ${Math.max(5, Math.ceil(seconds / 5) * 5)} s left`;
  return minutes < 90
    ? `about ${Math.max(1, minutes)} min left`
    : `about ${Math.round(minutes / 60)} h left`;
}

/** How long ago a time is, both in milliseconds since 1970: `just now`, `5 minutes ago`,
 *  `yesterday`; a date after a month. */
export function ago(time: number, now: number): string {
  const minutes = Math.round((now - time) / 60_000);
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (minutes < 1) return "just now";
  if (minutes < 60) return relative.format(-minutes, "minute");
  const hours = Math.round(minutes / 60);
  if (hours < 24) return relative.format(-hours, "hour");
  const days = Math.round(hours / 24);
  return days < 31 ? relative.format(-days, "day") : new Date(time).toLocaleDateString();
}

/** US dollars: `$0.0031`, `$0.12`, `$3.40`. */
export function cost(usd: number): string {
  if (usd > 0 && usd < 0.0001) return "< $0.0001";
  const digits = usd === 0 || usd >= 0.1 ? 2 : 4;
  return `$${usd.toFixed(digits)}`;
}

/** `1,204`, in the style of the language. */
export function count(value: number): string {
  return value.toLocaleString();
}

/** `1 step`, `3 steps`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
