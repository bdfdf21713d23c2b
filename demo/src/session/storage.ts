/** Small choices of the visitor (role, theme, what was dismissed). A browser that blocks them loses only convenience. */

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`studio.${name}`, value)
  } catch (error) {
    console.warn(`The choice "${name}" cannot be kept: storage is blocked here.`, error)
  }
}

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`studio.${name}`)
  } catch (error) {
    console.warn(`The choice "${name}" cannot be read: storage is blocked here.`, error)
    return null
  }
}
