import { useStudio } from '../session/studio.ts'

/** Opens the system's file dialog and then the file that was chosen. */
export function useFilePicker(): () => void {
  const { openFile } = useStudio()
  return () => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = '.sqlite,.sqlite3,.db,.db3,application/vnd.sqlite3'
    input.addEventListener('change', () => {
      const file = input.files?.[0]
      if (file) openFile(file)
    })
    input.click()
  }
}
