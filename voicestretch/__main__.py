"""`python -m voicestretch`."""

from voicestretch.cli import main

main()
