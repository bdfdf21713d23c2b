import { StudioProvider } from './session/studio-provider.tsx'
import { useStart } from './session/use-start.ts'
import { Shell } from './shell/shell.tsx'
import { StartScreen } from './shell/start-screen.tsx'
import { Toaster } from './ui/toast.tsx'
import { TooltipProvider } from './ui/tooltip.tsx'

export function App() {
  const start = useStart()
  return (
    <TooltipProvider delayDuration={350}>
      {start.state === 'ready' ? (
        <StudioProvider>
          <Shell />
        </StudioProvider>
      ) : (
        <StartScreen start={start} />
      )}
      <Toaster />
    </TooltipProvider>
  )
}
