export function Brand() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className="size-7 shrink-0">
      <rect width="32" height="32" rx="7" fill="#0f5f58" />
      <path d="M7 11.5 16 7l9 4.5-9 4.5z" fill="#fff" />
      <path
        d="m7 16 9 4.5 9-4.5M7 20.5 16 25l9-4.5"
        fill="none"
        stroke="#8fe3d6"
        strokeWidth="2"
        strokeLinejoin="round"
      />
    </svg>
  )
}
