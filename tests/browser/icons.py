"""``python -m tests.browser.icons`` draws the web app's PNG icons anew from icons/icon.svg.

Phones want them as pixels: Android a maskable one whose edge may be cut away, iOS one without transparency, and
notifications a white silhouette.
"""

from typing import Final

from playwright.sync_api import Page, sync_playwright

from tests.browser.browsers import launched
from tests.browser.server import STATIC

ICONS: Final = STATIC / "icons"
_BLUE: Final = "linear-gradient(#3f74f5, #1d3fae)"
# Name, pixels, background, share of the width that the drawing takes.
_DRAWN: Final = (
    ("icon-192.png", 192, "transparent", 1.0),
    ("icon-512.png", 512, "transparent", 1.0),
    ("maskable-512.png", 512, _BLUE, 0.78),  # what is further out than 40 % from the middle may be cut
    ("apple-touch-icon.png", 180, _BLUE, 1.0),
)
_GATE: Final = 'path fill="#fff"'  # the silhouette alone, with the door cut out


def main() -> None:
    with sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        page = browser.new_page(device_scale_factor=1)
        drawing = (ICONS / "icon.svg").read_text()
        for name, pixels, background, share in _DRAWN:
            _draw(page, drawing, name, pixels, background, share)
        _draw(page, _silhouette(drawing), "badge-96.png", 96, "transparent", 1.2)
        browser.close()


def _draw(page: Page, drawing: str, name: str, pixels: int, background: str, share: float) -> None:
    page.set_viewport_size({"width": pixels, "height": pixels})
    page.set_content(
        f"<body style='margin:0;height:100vh;background:{background};display:grid;place-items:center;overflow:hidden'>"
        f"<div style='width:{share:.0%};display:grid'>{drawing}</div>"
    )
    page.screenshot(path=ICONS / name, omit_background=True)


def _silhouette(drawing: str) -> str:
    lines = [line for line in drawing.splitlines() if "<svg" in line or "</svg" in line or _GATE in line]
    door = next(line for line in drawing.splitlines() if "#2450c8" in line)
    mask = f"<mask id='door'><rect width='64' height='64' fill='#fff'/>{door.replace('#2450c8', '#000')}</mask>"
    return "\n".join(lines).replace("<path", f"{mask}<path mask='url(#door)'")


if __name__ == "__main__":
    main()
