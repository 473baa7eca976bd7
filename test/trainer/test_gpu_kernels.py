import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / 'bench' / 'trainer'))

from measuring.kernels import GROUPS, OTHER, SAME, group_of, grouped, largest_other

# From a profile of a step on an H100, torch 2.11, and names of kernels on other cards.
NAMES = {
    'matrix products': [
        'nvjet_sm90_tst_256x128_64x4_1x2_h_bz_coopA_NNT',
        'nvjet_sm90_tst_256x128_64x4_1x2_h_bz_coopA_splitK_NTT',
        'nvjet_sm90_tst_192x192_64x4_1x2_h_bz_coopB_TNN',
        'ampere_bf16_s16816gemm_bf16_128x128_ldg8_f2f_stages_32x5_nn',
        'void cutlass::Kernel2<cutlass_80_tensorop_bf16_s16816gemm_relu_bf16_256x128_32x3_nn_align8>',
        'void cublasLt::splitKreduce_kernel<32, 16, int, float>',
        'triton_tem_fused__to_copy_addmm_t_5',
        'triton_tem_fused_mm_3',
        'aten::mm',
    ],
    'attention': [
        'triton_tem_fused_flex_attention_backward_transpose_view_17',
        'triton_tem_fused__fused_rms_norm__to_copy__unsafe_view_flex_attention_split_with_sizes_transpose_view_9',
        'triton_tem_fused__fused_rms_norm__to_copy__unsafe_view_add_embedding_flex_attention_mul_sigmoid_split',
        'cudnn_generated_fort_native_sdpa_sm90_flash_bprop_wgmma_f16_knob_26_64x64x128_1x4x1_cga1x1x1_kernel0_0',
        'void pytorch_flash::flash_fwd_kernel<pytorch_flash::Flash_fwd_kernel_traits<128, 128, 64, 4>>',
        'fmha_cutlassB_bf16_aligned_64x64_k128_sm80(PyTorchMemEffAttention)',
        'triton_tem_fused__fused_rms_norm__to_copy_add_arange_cat_7',  # named before flex_attention is
    ],
    'loss: logits, softmax, cap': [
        'triton_red_fused__to_copy__unsafe_view_arange_clone_eq_exp_log_mean_mul_reciprocal_scalar_tensor_1',
        'triton_poi_fused__to_copy__unsafe_view_add_arange_clone_div_eq_exp_expand_mul_0',
        'triton_red_fused__log_softmax__to_copy__unsafe_view_div_mul_prepare_softmax_online_tanh_view_23',
        'triton_red_fused__log_softmax__log_softmax_backward_data__to_copy__unsafe_view_arange_div_eq_expand',
    ],
    'MLP activation': [
        'triton_poi_fused__to_copy_mul_sqrt_view_1',
        'triton_poi_fused__unsafe_view_mul_pow_relu_threshold_backward_view_4',
        'triton_poi_fused__unsafe_view_pow_relu_8',
    ],
    'rotary, norms': [
        'triton_per_fused__to_copy__unsafe_view_add_flip_mean_mul_pow_rsqrt_split_with_sizes_view_1',
        'triton_per_fused__to_copy_add_div_expand_mul_pow_slice_backward_sum_view_5',
        'triton_per_fused__fused_rms_norm__to_copy__unsafe_view_add_arange_cat_cos_div_mul_neg_pow_sin_split',
        'triton_poi_fused__fused_rms_norm__fused_rms_norm_backward__to_copy_add_arange_cos_div_mul_neg_pow_2',
        'triton_per_fused__fused_rms_norm__unsafe_view_add_13',
        'triton_per_fused__fused_rms_norm__fused_rms_norm_backward__to_copy_transpose_7',
    ],
    'embeddings, gates': [
        'triton_poi_fused_embedding_dense_backward_1',
        'triton_per_fused__unsafe_view_mul_sigmoid_sigmoid_backward_squeeze_sum_transpose_3',
    ],
    'copies, transposes, cat': [
        'triton_poi_fused__to_copy_t_3',
        'triton_poi_fused_cat_transpose_20',
        'Memcpy HtoD (Pinned -> Device)',
        'void at::native::vectorized_elementwise_kernel<4, at::native::FillFunctor<float>>',
        'void at::native::(anonymous namespace)::CatArrayBatchedCopy_vectorized<unsigned int, 3>',
    ],
    'optimizer': ['void at::native::multi_tensor_apply_kernel<TensorListMetadata<4>, FusedAdamMathFunctor>'],
    OTHER: ['triton_poi_fused_add_mul_3'],
}


@pytest.mark.parametrize(
    ('group', 'name'), [(group, name) for group, all_of in NAMES.items() for name in all_of]
)
def test_groups_a_kernel_by_its_name(group, name):
    assert group_of(name) == group


def test_every_group_has_a_name_here():
    assert {SAME.get(group, group) for group in GROUPS} | {OTHER} == set(NAMES)


def test_all_that_the_optimizer_launches_is_its_own():
    kernels = [
        {'phase': 'pass', 'name': 'nvjet_a', 'ms': 2.0, 'calls': 3},
        {'phase': 'optimizer', 'name': 'nvjet_a', 'ms': 1.0, 'calls': 1},
        {'phase': 'pass', 'name': 'unheard_of', 'ms': 9.0, 'calls': 1},
        {'phase': 'pass', 'name': 'nvjet_b', 'ms': 0.5, 'calls': 1},
    ]
    assert grouped(kernels) == {
        'matrix products': {'ms': 2.5, 'calls': 4},
        'optimizer': {'ms': 1.0, 'calls': 1},
        OTHER: {'ms': 9.0, 'calls': 1},
    }
    assert [kernel['name'] for kernel in largest_other(kernels)] == ['unheard_of']
