"""What a person does with results.tsv in a notebook: counts, the kept rows, one figure. For comparison."""

import matplotlib.pyplot as plt
import pandas as pd

table = pd.read_csv('results.tsv', sep='\t')
metric = table.columns[1]
table[metric] = pd.to_numeric(table[metric], errors='coerce')
measured = table[table['status'] != 'crash'].reset_index(drop=True)
kept = measured[measured['status'] == 'keep']
best = kept[metric].cummin()

print(table['status'].value_counts().to_string())
print(kept[[metric, 'memory_gb', 'description']].to_string())
gains = (-kept[metric].diff()).iloc[1:].sort_values(ascending=False)
print(gains.to_string())

figure, axes = plt.subplots(figsize=(16, 8))
discarded = measured[measured['status'] == 'discard']
axes.scatter(discarded.index, discarded[metric], s=12, color='lightgray', label='discarded')
axes.scatter(kept.index, kept[metric], s=50, color='seagreen', label='kept')
axes.step(kept.index, best, where='post', color='seagreen')
for i, text in kept['description'].items():
    axes.annotate(text[:45], (i, kept[metric][i]), rotation=30, fontsize=8)
axes.set(xlabel='experiment', ylabel=metric)
axes.legend()
figure.savefig('progress.png', dpi=150, bbox_inches='tight')
