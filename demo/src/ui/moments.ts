const short = new Intl.DateTimeFormat('en', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})

/** An ISO instant in the visitor's time zone: Nov 20, 23:46:01. */
export const moment = (iso: string): string => short.format(new Date(iso))
