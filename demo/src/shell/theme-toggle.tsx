import { Moon, Sun } from 'lucide-react'
import { Button } from '../ui/button.tsx'
import { setDark, useIsDark } from '../ui/theme.ts'

export function ThemeToggle() {
  const isDark = useIsDark()
  return (
    <Button
      look="quiet"
      icon={isDark ? Sun : Moon}
      iconOnly
      aria-label={isDark ? 'Use the light theme' : 'Use the dark theme'}
      onClick={() => setDark(!isDark)}
    />
  )
}
