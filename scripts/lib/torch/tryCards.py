"""Adds two numbers on each card that torch sees, and prints as JSON what came of it. Run by check.ts."""

import json
import warnings


def reason(error):
    """Text of an exception, with its type where that is not one of those that torch uses for CUDA."""
    text = str(error)
    return text if isinstance(error, (RuntimeError, AssertionError)) else f'{type(error).__name__}: {text}'


def add(torch, device):
    """None, or why the card cannot add. A card that is available may still lack kernels in this build."""
    try:
        total = torch.ones(1, device=device) + 1
        torch.cuda.synchronize(device)
        return None if total.item() == 2 else f'1 + 1 was {total.item()}'
    except Exception as error:
        return reason(error)


def try_cards():
    """Cards with their errors; `error` when there is none."""
    try:
        import torch

        if not torch.cuda.is_available():
            # Unlike is_available(), this says why.
            why = add(torch, 'cuda:0') or 'torch.cuda.is_available() is False'
            return {'error': why, 'kernels': [], 'cards': []}
        cards = [
            {'name': torch.cuda.get_device_name(i), 'error': add(torch, f'cuda:{i}')}
            for i in range(torch.cuda.device_count())
        ]
        return {'error': None, 'kernels': torch.cuda.get_arch_list(), 'cards': cards}
    except Exception as error:
        return {'error': reason(error), 'kernels': [], 'cards': []}


# Warnings repeat what the exceptions say.
warnings.simplefilter('ignore')
print(json.dumps(try_cards()))
