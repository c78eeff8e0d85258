"""`voicestretch teach`: the built-in ear learns one person's voice, on this machine, with numpy alone.

`lesson` asks and judges takes, `recordings` keeps them, `fitting` fine-tunes the net, `trial` measures before and
after, `shelf` keeps taught models and the person's own phrases. Nothing here needs the training package's extras.
"""
