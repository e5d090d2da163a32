import { type RefObject, useEffect, useState } from 'react'

/** A little before it comes into view, so that it is there when it does. */
const margin = '250px'

/** Whether an element can be seen. */
export function useInSight(place: RefObject<HTMLElement | null>): boolean {
  const [inSight, setInSight] = useState(false)
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setInSight(entries.at(-1)!.isIntersecting), {
      rootMargin: margin,
    })
    observer.observe(place.current!)
    return () => observer.disconnect()
  }, [place])
  return inSight
}
