/**
 * What the trees were that the paths were compared with: digests, by the release of the tree and the name of the path, of which
 * src/source/compared.ts says how they are made. CONTRIBUTING.md says how this file is written.
 */
export const COMPARED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "v5.8.1": {
    dup_mmap:
      "FovKOakFuHwnMOc-4Bs2UUUC6vG_K6X5_5lOSnHrpQg3nrm-ELpezjZnAqMO4PPLC5ieY0a8d9YhwEmIu4Yqpg2QrwlDfdwNWw1nO6nzvYLYNGEX--------QMRv",
    unlock_page: "JxOSDdlyP2mrDp6pVcBSJ59080Kxq9bqLmPJLXxyj5bj4QS7KPdUPzLK3jSPmY13j0YpYqYX-4B__2kq8qrR",
    wait_on_page_bit_common:
      "46DPlxP5aPP0cRhvvyS9o3hzLUAVouKR0FjYA0vxU-lRGY5mRml8xJlWUe-p_bGedMW4kGZJ57YjffmJzgcBib8cu22kduROaNpohh6RKPdUmseqpng62iXunaf9",
  },
  "v5.9.1": {
    __delete_from_page_cache: "QUInyn9HUItGfF7WlD8XdH3MFuIYZ1D4Bj3s hGt8HpZjUItGfF7WOTDf3i0olD8XGuCbFuIYZ1D4Bj3s",
    __do_fault: "11_AgAO1aOBWUuQG8E3VgsqpJWm84M3JJu13T7wD9EMI 2earuQwfaOBWUuQGKm64 iOY01-VvaOBWUuQGcCZcW9OR0_di",
    __do_munmap: "-zhsYrJyCsrOmGDRjdMRtCTepFOqCnzKj9xI51w0J0BVLszk_qaG",
    __pagevec_lru_add_fn: "4HvGtdCu--------TAez26yCDgEMD3i_Gs5ytoGlikMBLWJRkve0ZEyFG1L1NDvZ--------Sy1A",
    __pmd_alloc: "lexVL32w--------dD2SWnGki4xaw0KF------------------------4E2cqQfurFC2XfdVl2R8",
    __unmap_and_move:
      "ZOA5eqEu--------XVaVbqhAwH9jNwSWaPP0TRPqOWdT7WaYgBb7XRJoOFNzWrzIq-4vBQ_p8Rf3-21Q8Rf3-21Qq-4v9QMXXVaVL9-pQrcVGGSPs6g0TsOs5LBAy1hfbZl1MGS3ii7KTVCJ6QiGi0joFuIY0Bq-3KrOJ5MfnV4IbSpBtXg-ceKuDRoLfS17Ygy9 iueKQe_P--------XVaVbqhAwH9jNwSWaPP0TRPqgBb7GsS8OFNzWrzIq-4vBQ_p8Rf3LLZTq-4v4ufqXVaVL9-pQrcVGGSPs6g0TsOs5LBAy1hfbZl1MGS3ii7KTVCJ6QiGi0joFuIY0Bq-3KrOJ5MfnV4Iyu7mtXg-ceKuDRoLfS17Ygy9",
    __unmap_hugepage_range:
      "DsiYQrFpWiGUxxTE1Xu7U-_0S-BUbyRUylSWDvxeZH7WMCEZrFC2hXqPiigh3V9IEqNz7LJgYMnOFuf21dRHhI0m--------W6Hi Hf4dCibbWiGUxxTE1Xu7U-_0S-BUbyRUylSWDvxeZH7WwPAKZH7WwPAKrFC2FblKiigh3V9IEqNz7LJgYMnOFuf21dRHhI0m--------W6Hi",
    add_to_swap: "zFikKgON----------------L7sBELDTI6R6ylc8----------------h76Y",
    alloc_set_pte: "wX5kmRkJUiFplxVeXHtU7yotUiFpDwWY5gdvnJJG3UP9FsuDYAEbcKZH_ayzfg3rF24F3QULCup8e-0q8iK-e4gGBH_v",
    anon_vma_clone: "OSBUpe2C-dYWW_FiA37M09LJe6EQKn1CRMp2",
    change_huge_pmd: "8cQbwEp-whEqXNivT1UH5PTkPigJwPzAPigJwPzAYdFT6tfL1dRHcAPdvFfR",
    change_protection:
      "30Z4-_fYBvq8hjh2B_LvoGkYhJgngj8-PsAia2-JEgpB-CmM868h8uFHyZ01-zQhZ9aYYxW7e0H71RAMH-9c C7aYBtvMBvq8hjh2B_Lv-ELU0CmAvFQ8EgpBHPci868hMF9FyZ01CsVwZ9aYJlRle0H7FpogisVW XwhmZOuyBvq8hjh2B_LvoGkYPsAiUiyfEgpB-CmM868h8uFHyZ01-zQhZ9aYYxW7e0H71RAMH-9c",
    clear_page_dirty_for_io:
      "YiifH9Yeq-4vNBzX6GbCx7jn5TFzBFCsgGP77r1YL9Sg mt_VAyT6q-4vNBzX6GbCHus96GbCHus95TFzVCCZgGP7xh--L9Sg",
    collapse_file:
      "jr2EsDH_quz0Mk2lhC-JOUB6w404OkxFMG-C2ubi4akmvmEQAlsrtBSxbAIOKuIOEOPkId6rq-4vWE_mOiDxQ7TXQrcVNJ5j9_dO7EmwgDmFW7l5ii7KiV8uFuIYfvr4ZluqIH9NnV4IRKhoG3SeEHTR3KrOsRvgLvNOUaKynV4IwYK0G3Seu5NqjkKhGFC53KrOsRvg--------lFDU llWbvBOvquz0Mk2lhC-JOUB6w404OkxFGTmFRiCvbAIOnBoOOTDfrvHeEOPkNxa1q-4vWE_mOiDxQ7TXQrcVNJ5j9_dO7EmwgDmFW7l5ii7KiV8uFuIYxgCTZluqIH9NnV4IRKhoG3SeEHTR3KrOououLvNOUaKynV4I25FRG3Seu5NqjkKhd4rf3KrOouou--------lFDU",
    collapse_huge_page:
      "L0LELSrj--------quz0lzLzT8cVjp8VblWt-PonfUhqiFywlpXLClV6kojHj_axkojHj_axiBNu95h843CS0aiBfvzXcb2PaPP0KKlWE5oLThPbANWW9W1rD3h13FYEnrbExphD4WsA9ii8aLoSYraDcCe4UZcZrFC21oU767jpRGjhrMkGYwb_FhP5S4fNVn1YDFk7VMMv6p1ziBNuwlgjNTMuVGWmANWW9W1rrMkGSVs_VSaXiRREiBNum5XAJ0BVsqCS--------9XIK Yjb7oT3T--------quz0lzLzT8cVjp8VblWt-PonfUhqiFywlpXLClV6kojHwyQckojHwyQckojHwyQciBNup7xo43CS0aiBfvzXcb2PaPP0KKlWE5oLThPbANWW9W1rD3h13FYEnrbExphD4WsA9ii8aLoSYraDcCe4UZcZrFC21oU767jpRGjhrMkGYwb_FhP5S4fNVn1YDFk7VMMv6p1ziBNuwlgjNTMuVGWmANWW9W1rrMkGSVs_VSaXiRREiBNum5XAJ0BVsqCS--------9XIK",
    delete_from_page_cache:
      "Juwn6QfvUItG53zUOTDf3i0olD8XGuCbFuIYZ1D4G3Sej97WQ1Oy YsgVFAp_UItG53zUlD8XdH3MFuIYZ1D4G3Sej97WQ1Oy",
    delete_from_page_cache_batch:
      "hCkSXo6YUItGL8cfFuIYRPqqJIsEVQ3BG3SeLoTldcdg qxo-Lo5RUItGd_feOTDf3i0oFuIY4sViJIsEgugQG3SeV9z1Uksh",
    do_anonymous_page:
      "vPhCfXk9V9g25G6WV9g25G6WhSAiqYCsYAEb2gET_ayz5YQ4dS4DLiTp_7VQg-ft_7VQg-ft8iK-RrdUz9-u54dhG3SeJKePz9-u54dhrL0k",
    do_cow_fault:
      "64ZOj5GYDSrVvgqsy_t1JRqdSCMk31MrYAEbXv3Y_ayzfCU6_7VQg0S_8iK-r0bFz9-uSljQJWm85gF5Ju13WUmNJ61HJ239BrTV gLqKbJX_DSrVvgqsy_t1JRqdSCMk31MrYAEbXv3Y_ayzfCU6_7VQSFY8_7VQSFY88iK--ASfz9-uSljQJWm85gF5Ju13WUmNJ61HJ239BrTV kICDgulFDSrVvgqsy_t1JRqdSCMk31MrYAEbXv3Y_ayzfCU6_7VQ3JvN_7VQ3JvN_7VQ3JvN8iK-3Ocpz9-uSljQJWm85gF5Ju13WUmNJ61HJ239BrTV",
    do_fault:
      "rNBw8jH8UiFp7ZiEwJNMcy-5GcoNIeeVaPP0-up1_NQrnZpDLT0EVhy6G3Se1udmz9-ugixxG3Se1udmaOBWVlWK_NQrMtcnz9-u8NnZJWm8S8SgJu13pGugsD3UpstJJbet",
    do_read_fault: "IH3eZkJBBgeh8zTQy_t15Vy381T8hLvmJWm8pnTiJu13pGugUoQr",
    do_shared_fault:
      "9Nl4MLrny_t1N9kwJWm8bz5YhuGogvqE81T8Hu1S5TFzDY_LnV4IF83xJWm8SdAM2KSS-TrBN0Ju _SJRvvTay_t1N9kw81T8Tjim5TFzDY_LnV4IF83xJWm8SdAM2KSSdz3IN0Ju",
    do_swap_page:
      "C55d3nmwnT4zY9pGFPi0P2HcFPi0P2HcaQpFQVEWDSrV--3cQNcyeZR68BGh-7tq8BGh-7tq8BGh-7tq8BGh-7tqh4GwLzABygFV1uhkYAEb9CtJyE3fVbFu5BVBN-k1qjzNBL6bqjzNBL6bqjzNBL6bqjzNBL6bMAwtjsU0MAwtjsU0MAwtjsU0MAwtjsU0nV4ITYgEz9-uUsNZz9-uRziVnV4IYZmHG3SeK1LcXKTU",
    do_user_addr_fault: "ujJrV4ftfhKmbNyRcrTyHMJk4bL8dj9W8oxT",
    do_wp_page:
      "vUgmZsTTaiI-5dR6XVaVmP7uaPP0KxgiG0NjdIy6XVaVd4G2nV4I11msZlyU5GvRz9-u1_R0nV4Iwgw0yXWCFw54z9-uPtI1kjgV4TBRlXYg",
    dup_mmap:
      "6vpbRXi-uHwnMOc-4Bs2IFk06vG_K6X5q4kOvX2IJmPvCdwnxkPivoCfd9YhdzJxrwlDAbYl--------FO2t6hWBFO2t6hWBFqbuBVKPjYfLXekSjYfLXekSC5ievZhaELpeQJePAqMO4PPLpQg3hxFwC5iepHcHkOUegRnbd9YhdzJxu4YqlHNvrwlDAbYlWw1nmbJGvYLYNGEX--------QMRv",
    filemap_fault:
      "0LlZZ7G3Qsx3QkLRngfvx4ZPoVhgXZsD9lh04p1NQV8hqccNQsx3_lMnnV4IsDKkG3Se0w1dnV4I5SkwG3Se1O-wwE7F 12B_MasOQsx3QkLRngfvosmA9lh0UXF1QV8hqccNQsx3_lMnnV4IsDKkG3Se0w1dnV4I5SkwG3Se1O-wEsS_",
    filemap_map_pages:
      "BJk9M8BMr4qsQhF9NBZLMfaoGtDSRA9pcy4qQhBwaPP0ElFsp-WHJck8YcH1Bo0PSCMk08VDYAEbPJzR_ayzEd1ECup89nqq8iK-ZTFcnV4InDSunV4IaZaGG3SeN-gk_ayzdQp-z9-u15ydwF8D",
    "filemap_map_pages, 2nd page":
      "8K9WYo1R--------GcoNxBMZaPP0GQRAp-WHJck8Cup84Du58iK-8cMgnV4IWp5MnV4IE9T7G3SesDTGz9-uMu0gV_fb",
    filemap_page_mkwrite: "bW0L24UnkyyGUhyH_7r4yR045TFz32h9nV4Ixw_JgToTadx4hSoI",
    find_get_entry: "rnlF3lhHQrcVZlFBGtDSDbVecy4qQhBwG3SewU2eu1XU",
    finish_fault: "SvXJKCOoSCMk9hHiYAEbPJzR_ayzo4YECup89nqq8iK-ZTFcz9-uds9-g8i5",
    flush_tlb_batched_pending: "MrWDv_QZrr9TnDWKW8xXEQeTesJh_WQV_Hzp",
    free_pgtables: "jlKVDluDzbOZ8sGszbOZ8sGszbOZ8sGsfnfb9aEI6jvreTKj6jvreTKjylSWTfsJFYmnS98uFYmnS98uVzQB",
    fuse_fill_write_pages: "CzcAguPWUPYy3oqSkyyGBcZd----------------nV4IzuvSG3SeCo8ORDt8",
    get_user_pages_unlocked:
      "-Zq-43OmfhKmWua7IatefwHAWuR98-8qif9nwPiy6YVH1dDi4bL8KY1e6YVHILDyNKSiMWun--------4bL8KY1eSik5",
    handle_pte_fault:
      "A8760nOr-UkcJCcYyYrrgMfHy8AD8kNJ60qW_jJ1fYAWZvcqz9-uFcFZ8TWw C7d_fpyU-UkcJCcYyYrrgMfHsgf8Mo39y8AD8kNJ60qW_jJ1fYAWZvcqz9-uFcFZTde2 bEHIeX_5-UkcJCcYy8AD8kNJ60qW_jJ1fYAWZvcqz9-uFcFZOFls i-b-R5vz-UkcJCcYy8AD8kNJ60qW_jJ1fYAWylM9z9-uFcFZLZAC",
    huge_pte_alloc:
      "Y1JNwIxY9u7tse2FVLhLkJGdMmA4-XiMNgbjO3WN20rkR3elJS1EXDBtDZQ8t8Ml9u7tEgRJQ0AL88uzFMBSvjhTrFC2vFnWY5zFXLezY5zFoYGhVsEo",
    hugetlb_fault:
      "iRDidUTx-VvjGkgRnj09U3aEHKpv5CTqgKX_l31L4iS45pp3FClzKeSv3dL07coD3dL07coD3dL07coD3dL07coD3dL07coD3dL07coD3dL07coDYHHCCkjyZAmnuPeGBR48",
    hugetlb_vmdelete_list: "QkMyfFlZ--------ZrxvXFay--------QFAL",
    internal_get_user_pages_fast:
      "9ZPCri3NjFXurXukES-OOOE-pbuaKuS0L_Ayj4_cYNqcWSf2iPDWPkfNjiCizb3TBYQP iLxwhWuZLyvd3pXDpbuasHbEL_AyhV1kJU8hgI5miPDWBn00Vuk8fYVwdjO3",
    invalidate_inode_pages2_range:
      "NXKfA7v2QHwzQYwLkyyG1WDHp-WHf8Dvq-4v6b91YoMVnbaXBY3Wm4dKQBoRrTLHLT0Eu4uby-jSr1SYJaR2 qBQP9A5SQHwzQYwLkyyG1WDHp-WHf8DvELUGQNTTq-4v277GYoMVnbaXBY3Wm4dKOTDfXcncm2R-SEktLT0EFpXwy-jSr1SYJaR2",
    lock_page: "mmzy_49HaPP0cRhvNS4lPx1LI1tm",
    madvise_dontneed_single_vma: "qWzdosps--------VNSnWeqN----------------MDSE xiTnqOHjb8qep-JuVNSncxFLY3B0XDGdLEM0",
    madvise_free_pte_range:
      "OPrdhVmHr5xidoHEIJGBnfx8OTDfdLnoaPP0jqumG0NjGIveizXb1foznV4IdWdo7F_m3ChTDInFFpK_rdJ_JBUPnV4ImHN_eu0WWIAHgTU4",
    memory_failure:
      "An012W5hWNqf5wcdmGUUbe4cbFhIlQ8saQOgfNzN-v4lhcwR-v4lhcwR-v4lhcwRNNHeWGaQ--------NNHeWGaQeF6I Guw9F8tuWNqf5wcdmGUUlHkZbFhI9k4GijWiTD4qaQOgoEan-v4luGqN-v4luGqN-v4luGqNp-WHIKvBM5HLwsAq9Sb31FBWNNHeBS21dyZZ I1BmWU-VWNqf5wcdmGUUbe4cbFhIlQ8saQOgfNzN-v4lhcwR-v4lhcwR-v4lhcwRNNHeWGaQNNHeWGaQeF6I i8-aIC59WNqf5wcdmGUUlHkZbFhI9k4GaQOgfNzN-v4lcdJE-v4lcdJEp-WH9i4_M5HLwsAq9Sb31FBWNNHeFjeidyZZ",
    move_normal_pmd: "mvRryqO3WIc7gDCFP6xmgweyEqJ9OypAUvRyqFOiV6DWu287--VxitajXWyvyvdxPQBoDmr4FQcN",
    move_page_tables: "cydjNIeYaU0ujaTjP6xmysvT6fHx25YwzKHx4-98tytrO84rWmDfO2CXXWyvTWO8TXpGYWUce0D5",
    move_ptes:
      "8yOYJmd8aU0ulmPSP6xmSchUgF0khWSfzKHxr_Gftytrb3PJWmDfrkEqXWyveIXaTXpGPYgWGhzW iblzCi02qFS0JHPWaU0uRFgrP6xmSchUgF0khWSfzKHxr_Gftytrb3PJWmDfrkEqXWyveIXaTXpGPYgWNz1O4fnBhF3z",
    munmap: "rk2AtvQY7XpFSSenjdMR6E9hm6jgVxqYj9xIfjAh--------x-Ng",
    mwriteprotect_range: "ykoXPZ5gWPS-_oJ7SdtAtrX1UroWdGx9XvBp",
    page_cache_readahead: "PL6Qjvbz--------sc6qaLC3--------weda p-xoDx60sc6qaLC3weda",
    page_mapped: "iO7b6OtfzzAhSDoqzzAhSDoqp8Gf",
    page_mkclean_one: "iYpAzUzgd7_Zw_GBd7_Zw_GB8yGQewYPaSze3DsfaSze3DsfOJDuTem1d7_Zw_GBG-zn",
    pte_alloc_one_map: "7qM0K-lwUiFpuBLdXHtU7yot5gdvxMp1Lq8CPQOx0QpF",
    put_page: "gnPDbC80S4Ng1VIOKkjS",
    remove_migration_pte: "GhYUBuskd7_ZZDBid7_ZZDBiW96sLnfN8SaM5ATrrCy0JoV2d7_ZZDBizJ9f",
    retract_page_tables:
      "0VBDyRYcMYjxMsKa_t9nx-fAO1LIIWQXD3jHH-mQlpXLkIsdTiveLxiOTiveLxiOTiveLxiOrFC2X7UYVmVDHzrXJ0BV9-5aV8CibUP_ECTh 92mIrY0rMYjxMsKa_t9nx-fAO1LIIWQXD3jHH-mQlpXLkIsdTiveAubpTiveAubprFC2hElvVmVDHzrXJ0BV9-5aV8CibUP_ECTh",
    shmem_mfill_atomic_pte:
      "zyty5OaQx8uFOQ3NQNcyFUlihSAimvNrQsx3BxtkulF8ZwvyulF8ZwvyulF8ZwvyF2f42E8pQsx3M0yF_AXtjQDhCup8ttxF_iwNw7r7WVTSryP-nV4IKqyIWVTS4ofZ9Sb3p8xr9Sb3p8xr9Sb3p8xrnV4I2RTFG3Se_FZ2WCke",
    shrink_page_list:
      "7YPzLpWQ--------aPP0L_JKbAIOgQ_cq-4vt1jT6GbCSUKtG0NjRTl5UfTgs-wxvhZbhWUynV4I5MRggTr6SdO4RNEjn74unV4IPPd_gTr6SdO4--------mvdV 7nRLiOl0--------aPP0DZc_bAIOgQ_cOWdTdHFYq-4vakM96GbCDwaw6GbCDwaw6GbCDwawG0NjIWpVOTDf1SQ8UfTgYOhMOTDfX6kYvhZbjFDdnV4Il7CzgTr6gdXPRNEjn74uibbrIqpjnV4I-4SrgTr6gdXP--------mvdV b6HVlGuN--------aPP0JFNXbAIOgQ_cq-4vt1jT6GbCSUKtG0NjRTl5F0xy-ADugGP7lDciL7sB_VWOI6R6ylc8rn6BZ5sbFuIYsEbZG3SeHkozq-4vKbc3nV4I0rIv--------f2ob oPMoBcIT--------aPP0DZc_bAIOgQ_cOWdTdHFYq-4vakM96GbCSUKtG0NjRTl5OTDf1SQ8UfTgYOhMOTDfX6kYvhZbjFDdnV4Il7CzgTr6gdXPRNEjn74uibbrIqpjnV4I-4SrgTr6gdXP--------mvdV",
    split_huge_page_to_list: "OEgMw6kL----------------Oa0uWqCtjdmhNCoKJD_uDGhA8-ne_ZUzW008iPvX----------------2kxn",
    split_huge_pages_all: "56-yS1V4--------J7iMeZlaMlrYbdBs--------G3SeMrhiG3SeMrhi--------oYNj",
    tlb_finish_mmu:
      "36hfoH8KeH20egkiD9tf Wq0XTNrDArk38RsWArk38RsWeH20T_udD9tf Z9bWl0HCIpZvgXOLArk30vkyArk30vkyeH20T_ud_6p14tHvZyJh",
    truncate_cleanup_page: "YUUqDqf_q-4vKLcPsnrYKMVzaaoX",
    truncate_inode_pages_range:
      "K4l9rLw9pgbLRsYPaPP0t_G3OWdTBb2Ip-WHtaSq4uhLkEbrlwckh98E4NVtmR3Vy-jSS3ZtpgbLFSc3kyyGuu4sELUGtnCCp-WHNrmFM5HLe2f89Sb30VnRnV4IX56Xy-jSkgOM6ISz L8POCEKcpgbLaFIRkyyG80p9p-WHjoLPq-4vsVSfsnrYFKMmsnrYFKMm9Sb3NrMsnV4Is2Hxy-jSYBzufbzK vBI_Cmh5pgbLRsYPaPP01yWwp-WHoIk94uhLqzUHlwck8POSwZyL1UTuy-jSS3ZtpgbLFSc3kyyGuu4sp-WHggrYM5HLe2f89Sb30VnRnV4IX56Xy-jSkgOM6ISz",
    truncate_pagecache: "85FgFzpB1hznELgHpgbL6mV4kyyG80p9p-WHjoLPq-4vsVSfsnrYeFiR9Sb3hDE1nV4Is2Hxy-jSYBzu8Dhl",
    truncate_pagecache_range: "dsowxzrioccdiXkD1r4iC_Qo0DKB",
    truncate_setsize: "vNkVWMxw0CylSosz1hznSuSfTroNlWhH1hzn9xFHsEky",
    try_to_unmap_one:
      "8cMjSzQRd7_ZnBcJd7_ZnBcJd7_ZnBcJd7_ZnBcJVkqSk3m5RayK2O6iLxybzEaA5TFzKEHnISQL0sgyG3Se9wAld7_ZnBcJ1B1J TNTfdwnod7_ZooUjd7_ZooUjVoj7PVGJ5TFzlSRhOTDfaZdMISQLR1iJG3Sei6pERUEF-Dg-s5Ha989Ld7_ZooUjKJo- alV7whEWd7_Z63_5d7_Z63_5d7_Z63_5VkqSKqx5Dt1OmVqLRUEFnhaIISQL28qdG3Seozdld7_Z63_59xBx idutOzLVd7_ZnBcJd7_ZnBcJd7_ZnBcJd7_ZnBcJVkqSk3m5RayKDPkpISQLulbJG3Se9wAld7_ZnBcJ4BOt",
    "try_to_unmap_one, huge": "SpAR24etwhEqH-Sr3M5TdEq5U-PRU9BlYMnO1fEfG3SeiAoFrFC2Q25YI74p",
    unlock_page:
      "6EyhL-9_P2mrDp6pVcBSJ59080Kxq9bqLmPJboc5wohB-8qjuv-XUxIic2xsMVIyb6Q_MhLxVSXzmBDq3jSPPWW2j0YpYqYX-4B__2kq8qrR",
    unmap_mapping_range: "UJX2-pdy_TPW5P78lnZO idhKvEAn_TPWUBfs_TPWUBfsz2Ok",
    unpin_user_page: "pwz7IO8riQ3KBNGdvk5V",
    unpoison_memory:
      "0wqFI1_MBE01V_bHXVaVnJK9q-4vrIWybAIOdCL1mGUUVaVhkyyGbIylHAByLj47nV4IAz95ZLxCnyFeL0hbiASrZLxCtZfJ-54IgwURJMtf",
    wait_on_page_bit_common:
      "EJl981lfaPP0cRhvP2NlhJenvyS9iMsQU-lRDugKWLLvTkeiUe-pLFf00FjYaPZDUe-pLFf0f7Fam9PeWLLv0MQG2cV9gspcnHS_",
    wp_page_copy:
      "tdOWcHxiDSrVFGsks1wuCjmUs1wuCjmUFqbuik8jXSUZ79IOyE3fRVtWfXj4INIvfXj4INIv_UOwZbry_UOwZbryvUUaFZZDfdp1RSxe9FFDYY3cz9-uRwBI5DYoqXKZy4t3",
    wp_page_shared:
      "3nyYrc0iyXWCW-Elz9-unDG5huGo34MgPRBo6YlmyE3fP8g7ZlyU_9xlz9-u0Vro5TFzXQyqnV4IF83xz9-uGJhaJWm8arFM2egAjEi_5SFw agcXFKp2yXWCW-ElZlyUysy6z9-u0VrocCZcpgTC5TFzLPFNnV4IF83xJu13MsONf8sm",
    write_cache_pages:
      "CcRaMaLakYklULavkyyGSotGp-WHf8DvOTDfrbJ4czwmuBV1rnYJydVSfKBI0pA6fKBI0pA6y-jSpl-G----------------nV4IIuqDy-jSpl-GgR4- YILNnQ7tkYkl2ZoPkyyGfkpIp-WHf8DvOTDfrbJ4rnYJv4x5fKBI2e1cfKBI2e1cfKBI2e1cfKBI2e1cnV4IUdII_oHd o0BOTM7kkYkl2ZoPkyyGfkpIp-WHf8DvOTDfrbJ4czwmuBV1rnYJydVSfKBI2e1cfKBI2e1cfKBI2e1cfKBI2e1cnV4IIuqD_oHd",
    xfs_filemap_map_pages: "2yMXMDjrtg5kOVRlVU--6djij1aoAM3u_ayztkWvz9-u15ydIS-f",
    xfs_setattr_size: "xuORYLhRJthZL9UuQv8UdhXmQqL1L7--XJVk",
    zap_huge_pmd: "Meconi-7whEq163ET1UHb4vDySiRTnMcYMnOcVYO1dRHCrawtZ_hMz3Je9hD",
    zap_page_range_single: "yxQFEirX7r4etVXSjdMRQ6hQxO77Tjk8x-Ng",
    zap_pmd_range: "rmWOw5vWT1UHQxY7dFUcMmeiahy6",
    zap_pte_range:
      "DLwaZbdw4XbpJZUAr5xigFH3IJGBaLZHdTqFVVRNDInFcc382pU2nM_wk_q1fFc0nFrp OImm4ymV4XbpJZUAr5xigFH3IJGBaLZHdTqFVVRNDInFcc385TFzy-Gx2pU2mn82Ark39tyyk_q1nUN-nFrp",
  },
  "v5.15.85": {
    do_swap_page:
      "fIKJi3-XnT4zY9pGFPi0h00NFPi0h00NaQpFQVEWDSrV--3cQNcyeZR68BGh5pAE8BGh5pAE8BGh5pAE8BGh5pAEh4GwLzABygFV2ts_YAEb9CtJyE3fVbFu5BVBN-k1qjzNBL6bqjzNBL6bqjzNBL6bqjzNBL6bMAwtjsU0MAwtjsU0MAwtjsU0MAwtjsU0nV4ITYgEz9-uZDBlz9-uRziVnV4Ig8xPG3Se2JlyA2VX",
    filemap_map_pages:
      "UoYgLyOmO1M7OSb6IrV5S3ZDa4g254-pQxCEMTE4_ayzQltwCup8-RtMKPhrT24poyynUlHmoyyn3kH4U_KjFXdrz9-uTVbOniJ_9uYFR2-x",
    move_normal_pmd: "Kpwt2illqFS0JHPWWIc7Esx5P6xmgweyEqJ9OypAUvRyqFOivQMQewPm--VxitajXWyvyvdxPQBoDmr4Nz1O67kXLEW2",
    next_uptodate_page:
      "Wlgz410kszZhG8TtNBZLL3BfGtDSJM29ne97gtX-QxCE9UCwaPP0EK9Ep-WHiSj0YcH1SQFMnV4I_VRJG3Se8JOt--------3P8y",
  },
  "v6.1.192": {
    __pmd_alloc: "Dmpv6Zt3--------dD2SZ_6Ki4xaw0KF----------------SfmYmpiT4E2clRvErFC2XfdVl2R8",
    __unmap_hugepage_range:
      "EWfCA3KtWiGUZzk_1Xu7U-_0rQr-q7c8ylSWPTE_mon8MCEZrFC2t0xuiighLwwQEqNz7LJgfwadLzJ_1dRHhI0m--------UoD-",
    free_pgtables: "Uy11ebFAzbOZKbEYzbOZKbEYzbOZKbEYfnfbLPzN6jvreTKj6jvreTKjylSWTfsJFYmncsF_RVFM",
    huge_pte_alloc:
      "dQJRRIZvXO4oM5L_9u7tmw65HKpvgfRmMmA4-BV8NgbjO3WN20rkR3el_7G3XDBtDZQ8t8Ml9u7tEgRJQ0AL88uz03M4vjhTrFC2vFnWY5zFXLezZAmnsAJuY5zFGdmClBjY",
    hugetlb_fault:
      "e_yhbl5W-VvjGkgRnj09U3aE4iS4zd-9SkrFPFpct1iktvAy48Z-yhk-QUll7coDQUll7coDQUll7coDQUll7coDQUll7coDQUll7coDQUll7coDG77Mn4CJYHHCxPlKPj67",
    hugetlb_vmdelete_list: "cyUrVyrh--------BB5vvfHI5y7VGC94GB-__7Yp--------z6FY",
  },
  "v6.6.87": {
    __pmd_alloc: "Dmpv6Zt3--------dD2SZ_6Ki4xaw0KF----------------SfmYmpiT4E2clRvErFC2XfdVl2R8",
    __split_vma: "YUMi54q5QVY7Bm_OZr4grgANvBd12lKblK7dibMP0F5b",
    do_vmi_align_munmap: "UrCD39Tv--------Fccl7xUGB-2WHfx7RtGsbnuq1Wfw",
    expand_downwards: "2_0hdrav2xe2xGOkC6DmJNMYJ5IFLxbPd2gUkF7Fn2nYP94RgQJFrcvs0LDx",
    filemap_map_pages:
      "Pn0uUHBtO1M7OSb6B4qGa4JAa4g2lb5rQxCEwZH3_cjmQ57EH5jkXaRVhUQV6NO6wNQvni6rnV4IzZHnG3SeAanyz9-uJtNXniJ__Bul4FKR",
    huge_pte_alloc:
      "KaQLnMqOXO4odV8bXO4odV8b9u7tzXTQHKpvgfRmMmA4Ni0fNgbjNJx2NgbjNJx2LNW7lzxDfOMSVygEXzrYt8Ml9u7tEgRJQ0AL88uziANw6l1glbYQvFnWY5zFXLezZAmnsAJuY5zF8QvwIgcC oWQdu2l6XO4oM5L_9u7tmw65HKpvgfRmMmA4-BV8NgbjO3WNLNW7R3elfOMSVygEXzrYt8Ml9u7tEgRJQ0AL88uziANw6l1glbYQvFnWY5zFXLezZAmnsAJuY5zFGdmCIgcC",
    hugetlb_fault:
      "0HAFtWFz4iS4wZ83SkrFPFpct1iktvAy48Z-yhk-QUll8JBeQUll8JBeQUll8JBeQUll8JBeQUll8JBeQUll8JBeQUll8JBeG77MUAxEYHHCxPlKnYbE",
    hugetlb_unshare_pmds:
      "rcnhKVApHkYU2rTUYgsOzfu37u1dJe-71Xu7y-sjVWaG79jJylSWUdEg3y2UpXWWrFC2JG4lPmpZJWrhGB-_I-hG7scf",
    lock_vma_under_rcu:
      "YN7r_YaoO1M7OSb64ehQsDz4uHOXfa3QUecP2AO4C6Dm4GMxww3cHm8vkKQyEn6zniJ_mFOg--------zwts0u0hzwtsx35BniJ_EpD3YpCj",
    mmap_write_downgrade: "VzXWk7mQsQ-IBloznDRak6M6yu34",
    mmap_write_lock: "XO89Ntwd6onYdtIEBCp8",
    mmap_write_unlock: "pNWZtAx8sQ-IBloz308XKfWAAzI0",
    next_uptodate_folio: "GixIWE3kScUW4IH_NBZLfSBzGtDSIFNmne9711LwaPP0OcgQp-WHDOoDYcH1so5onV4IWobLG3Sek4mH--------KObx",
    pmd_install: "3QWYCBrClpXLcUhqEjqlorLQSfmYSPaKj93CcNk9rFC2QV7eDmZS",
    vma_end_read: "xenY0hhHO1M7OSb61Rbt0F4_niJ_tcQFR2-x",
    vma_end_write_all: "SRqo4XZDFUHp15F6FUHp15F67nTY",
    vma_mark_detached: "Sgz13zx_v-8bBUV9Ig_X",
    vma_start_read: "76nMnLfu1yv87_wNFCn4IkWO1nxysEInkc7V5Poukc7V5Pou1RbtV85IBFv_",
    vma_start_write: "olhiXNaoAHk0BVGqAHk0BVGqoVvXGr8SKTILeIzuo2xsYvyHap2A",
  },
  "v6.12.117": {
    __do_fault: "Qx__H1sJaOBWdd4G8E3VgsqpvUEDR-LjnCJXj0T7g6wjuIPmnV4I28Z9G3SeTPUHCGpf WVhr0ml3aOBWdd4GRN1U",
    __filemap_get_folio: "zOxzW6fjLbFmHWFQkyyGeOlyp-WHD1F8nV4I6JF6G3SeAanyfWHs",
    __filemap_remove_folio: "rxpbdtUlUItGmbZ-lD8Xe2-SFuIY8Y2945Dx",
    __get_user_pages_locked:
      "OOrmcy35--------Iatex9ljcA68W4EHZHnxF8rHYQlsBi7G6YVH-wGk--------6YVH-wGk--------6YVHs1Zi--------1m4J",
    __munlock_folio: "8JEfUk72o1D17pIzymtEoWHI7KPmKVtuhucr7HayyOTjIG7eF53sJ40Plh1qR_yHscqVvrlIFmIsRzZZ--------SsjC",
    __oom_reap_task_mm: "c1vUzBuqVVzfpoO-jdMRfDPP3Wvzy4HvkAgi",
    __pmd_alloc: "Dmpv6Zt3--------dD2SZ_6Ki4xaw0KF----------------SfmYmpiT4E2clRvErFC2XfdVl2R8",
    __unmap_hugepage_range:
      "81tUWd6p7u1d3C_a1Xu7U-_0xQ0qqbxgylSWPTE_wOmC-_1wrFC2t0xuwjFULwwQGH-27LJgP5hfoVSF1dRHhI0m--------4HJA",
    anon_vma_clone: "1TJ0MaaY-dYW0fAXpSh-lwFoe6EQ8SUqHTrq",
    change_pmd_range: "-dkB0hx8Ejqlm2-iB_LvUZyXiULLIf6MEgpBdzGc868hL-_xyZ01Mj19cK9_",
    change_protection: "x44CN5ktB_LvvgLKhJgnchzYM30LUcpwEgpBeQwi9ILhUc0e868hlegsyZ01b-yQgm3F",
    collapse_file:
      "9uegLNrS9nDLER2uvEt53S8-w4049jfvn9HG6ROCbAIO-Y1xOTDfJ6wAOWdTMongegkt93XWegkt93XWq-4vxuzpBfacdCeqBfacdCeqRfHgEJ00XVaVjjUDii7Ke6Ez3KrOEr1CFuIYjaFSnV4IlCLI52rQgsbnmKS1v98AnV4I4mdPG3Se2s5wjkKhx73U3KrOVA8b9FFDdzQWON6x o_smyVzF9nDLER2uvEt53S8-w4049jfvQrcVgAy2aPP0iF1NELpe-cAMbAIOlwFOegktmBY8egktmBY8q-4vxuzpBfacOTuqRfHgFWJYXVaVjjUDii7Kl10V3KrOEr1CFuIYjaFSnV4IlCLI52rQgsbnmKS1v98AnV4IK0A5G3Se2s5wjkKhmthB3KrOVA8b9FFDdzQWON6x",
    collapse_huge_page:
      "cVAtylsw--------Phq5GBy3T8cVVTuKCrRC-Pon7AQ3p4452xe2JIDylpXLu3EjkojHj_axkojHj_axiBNu95h8AevKt8YmAevKt8YmTIdBZZjiMUUv87dbaPP0ZDEBE5oLKH5pANWWVcs0QyM0CVJko0KEvY_h4WsAQlp2sqejL-_cCkBsXb29rFC2h-gq67jpQO5orMkGvtvHzNUTibSAVn1YgZKCVMMv6p1ziBNuwlgjLT0E5leAANWWVcs0rMkG87ONVSaXiRREiBNum5XAJ0BVI1qkG3SeTtKeKoRS",
    delete_from_page_cache_batch: "yMjpB6joUItGn_ZFFuIYfSssJIsE0tHHXEhzlYSRU8T3",
    do_anonymous_page:
      "gZWrLzRXVy5hBH3CVy5hBH3ChSAiH-caa4g2MxRC2qX6p_AQNw0qymIvcPZNXivxhTZcDw9yhTZcDw9yhTZcDw9yK1YcnJZHz9-uuJYyG3SeqY8Oz9-uuJYyC83M i2qTxyptVy5hBH3CVy5hBH3ChSAiH-caa4g2MxRC2qX6p_AQcPZNGlZXhTZcDw9yhTZcDw9yhTZcDw9yK1YcnJZHz9-uuJYyG3SevkFmz9-uuJYy8Xcf",
    do_cow_fault: "XV14DlyrQ1EH2xLsy_t1PEPta4g2F4gZ2qX6ZoKkhTZcZoQdhUQV3Ty4z9-uG7MdJWm8_WD1Ju13gYbDG3SeQMvtaOgM",
    do_page_mkwrite: "TeBnErDnkyyGr5Yzp-WHFwfu5TFz166EnV4I6JF6gToTQwPVYRuY",
    do_read_fault: "2IyYeG-Yy_t1Cv0I81T8hLvmnV4IFDx1G3SeMUx2DyTi",
    do_shared_fault:
      "CIPK9rM1y_t160V5nV4ItfAkoaTH8HST81T8TqKe5TFz7deLnV4IpMA2nV4IHWPTawEF9a-GQNkc KP4izpRvy_t160V581T8Ua0i5TFz7deLnV4IpMA2nV4IHWPTG3SeiL8UGR1_",
    do_swap_page:
      "6P0yvBGpnT4znf9g5_N_g_7Q5_N_g_7QEHwnlgS4EHwnlgS4EHwnlgS4EHwnlgS4EHwnlgS4EHwnlgS4EHwnlgS4EHwnlgS4EHwnlgS4EHwnlgS4EHwnlgS4EHwnlgS4EHwnlgS4zQbxRCeuygFVjC4fYAEby9qVRLPaaAjEW7JfSmS7W7JfSmS7W7JfSmS7W7JfSmS7S-DHXN6LLAZR2YfpLAZR2YfpIlyrjscNO-XhFa0GnV4It82uz9-uDMd4EHwnlgS4z9-uMhIsnV4IqT6dG3SelgT4BTL0",
    do_vmi_align_munmap: "couPE8qckZcoOEMTFccl4Q_DB-2WajCORtGs12vKn28F",
    do_wp_page:
      "M0YZbdfWS-DHfO69KV1KHy2mXVaVsYccXVaVfV1qygFVdcwXaPP0V6AtygFVG_m1S9rJ4hIJS9rJ4hIJXVaVadNOnV4IYydmKV1KJwtXHUWHXzw4z9-uAXFznV4IZkSVELpeZZbuz9-ujlxckjgV9vbALgJm zschjx3vS-DHfO69KV1KHy2mXVaVsYccXVaVfV1qygFVdcwXaPP0V6AtygFVG_m1S9rJ4hIJS9rJ4hIJXVaVadNOnV4IYydmKV1KJwtXHUWHXzw4ZlyUKH24z9-uAr72nV4IZkSVELpeZZbuz9-ujlxckjgV9vbA41MW",
    dup_mmap:
      "CysR-B21--------XDfy6uEiXDfy6uEi4Bs2zrj96vG_l4pGyoIyKf19------------------------ELpeHz3ADfm-jl-U8-WK4SkRuzQ5FQar9ILhS9Nx23w_d1ONseujOWzvG3SekkmlS4Vis0qZMR67tBIdrwlDNYuA--------cIhJCtpgcIhJCtpgFqbuj2kk9yvv3Znc9yvv3Znc9yvv3ZncOicEaeDMmGf03me_eT2R3zMtkOUeLdglMR67tBIdu4Yquwn1rwlDNYuAHdcYHyjtHdcYHyjt------------------------v_ID uPtmyzvh--------XDfy6uEiXDfy6uEi4Bs2zrj96vG_l4pGyoIyKf19ELpeHz3ADfm-jl-U8-WK4SkRuzQ5FQar9ILhS9Nx23w_d1ONseujOWzvG3SekkmlS4Vis0qZMR67tBIdrwlDNYuA--------cIhJCtpgcIhJCtpgFqbuj2kk9yvv3Znc9yvv3Znc9yvv3ZncOicEaeDMmGf03me_eT2R3zMtkOUeLdglMR67tBIdu4Yquwn1rwlDNYuAHdcYHyjtHdcYHyjt------------------------v_ID",
    filemap_fault: "_R3h7GOgQsx3sLDrAz4oH_uDH3S9CIfbp-WHa5QcQsx3n612nV4Iwo7JG3SeyUF7nV4IjtwtG3Sejc5jyEQN",
    filemap_get_entry: "e5VE2zmxQrcVqwxVGtDSkxgwcy4qOEaFG3See5YEPnBZ",
    filemap_map_pages:
      "5uwBe24PO1M7mNhSB4qGa4JAa4g2I0znQxCEwZH3_cjmFHCtSmsdn7FthUQVBOaFwNQvni6rnV4IYCZkG3SeAanyz9-uJtNXniJ_fUCA4FKR n21nfVLtYcH157LhO1M7qK9JB4qGa4JAa4g2LyRyi1kGsAuCrL1qxRFkrL1qxRFkrL1qxRFkrL1qxRFk-muIWRkQ-muIWRkQnV4INiXiG3SeAanyz9-uJtNXniJ_YMpQ4FKR",
    filemap_remove_folio: "-4XBrRbhUItGSwqZlD8Xe2-SFuIY8Y29XEhzT7xHqBuY",
    find_get_entry: "2ynNWVu3wHhT2ywaGtDSRBifne9711LwG3Se42aQJ8Ge",
    find_lock_entries:
      "-7CW4oDfRlR9cv39aPP0glRhp-WHDOoDOWdTrhfznV4I53RaG3SeEO7PQwcJ -SlfaWMYRlR9ut-naPP0glRhp-WHDOoDnV4IP0grG3SeEO7P6rXY",
    finish_fault: "fSFIuWMoa4g2QxrA2qX6ZoKkSmsdayNehUQVjSliz9-uG7MdcFlr",
    flush_tlb_batched_pending: "EDQILQaXvu-EUOIKHVV8EHz9R61OmtTnF7pr",
    folio_clear_dirty_for_io:
      "PxInefuIq-4vFAm26GbCvmO55TFzUdZtgGP7NwOSyx0h zUHyUVCRq-4vFAm26GbCb7ab6GbCb7ab5TFzOWDjgGP77VJ9yx0h",
    folio_put_wait_locked:
      "MRfqciMb------------------------vyS9-VLwPQXHSU5RdMW4FNj20FjYWqPYUe-p1f3YG3SeI3f6f7FakQbO--------nr10",
    folio_unlock: "5cRtYYF4JvIlrJq6VcBSbNE980Kx97Pgc2xsSqk4b6Q_Cdl6VSXzRGU0R6oWBxSU-4B_E7gFPGEu",
    folio_wait_bit_common: "Wd_UhvBg--------vyS9-VLwPQXHSU5RdMW4FNj20FjYWqPYUe-puVBcf7FaX6l5--------Ue-puVBcnr10",
    free_pgtables: "UmPwZPPtzbOZvM44zbOZvM44zbOZvM44fnfbOsEd6jvreTKj6jvreTKjylSWTfsJFYmncsF_iVF1",
    free_swap_and_cache_nr:
      "BsE4k6KLyNpzvjytyNpzvjytyNpzvjytPn3veseqPn3veseqPn3veseqPn3veseqPn3veseqqNSZcgYPqNSZcgYPI1ApyALy4RnN",
    gup_fast_fallback:
      "oIPx0oOrLIXkdSWO6xQsSXb0pbuaoEdox4wuu8VOhNZxCN5QGs5yttTzSU0HUWG_wH-_wvq79ILhpJQbvx4SM7chlwImEAR0lwImEAR0EmPs4S87F-Y0e8d8IHnO",
    handle_pte_fault:
      "8Od0q5ayJfoojAwd-9WEfSUay8ADuvbio2qdiCz5fYAWhgvNz9-uhoI8Tp0o UUjlCJG0JfoojAwd-9WEfSUasgf8TWIMy8ADuvbio2qdiCz5fYAWhgvNz9-uhoI8pkL4 h91RwtmyJfoojAwdy8ADuvbio2qdiCz5fYAWWmVxz9-uuIO-tj4j sSOiZqrUJfoojAwdy8ADuvbio2qdiCz5fYAWhgvNz9-uhoI8-0vA",
    huge_pte_alloc:
      "oWQdu2l6XO4oM5L_9u7tmw65HKpvgfRmMmA4-BV8NgbjO3WNLNW7R3elfOMSVygEXzrYt8Ml9u7tEgRJQ0AL88uziANw6l1glbYQvFnWY5zFXLezZAmnsAJuY5zFGdmCIgcC",
    hugetlb_fault:
      "UgtQ-UWS4iS4USnuSkrFPFpc18ZItvAyof9WF-sn15vEliiV15vEliiV15vEliiV15vEliiV15vEliiV15vEliiV15vEliiVG77M-kMgYHHCMIMiAWyQ",
    hugetlb_vmdelete_list: "cyUrVyrh--------BB5vvfHIchmUGC94GB-__7Yp--------z6FY",
    invalidate_inode_pages2_range:
      "6obXiesA84TTgp4Zq-4vSZjQiL--qmnOkyyGtqn_p-WHFwfuq-4voAPCnCJXB_OcBY3Wnzq4tUPO7M0iXEhz31EKLT0EABeVwKDwNCjEeICq E2t34VN784TTgp4Zq-4vSZjQiL--qmnOkyyGtqn_p-WHFwfuELUGrHuVq-4v4PNSnCJXB_OcBY3Wnzq4OTDfhrvLtUPOP51GXEhz31EKLT0EEpxIwKDwNCjEeICq",
    lock_vma_under_rcu:
      "M1xrR1gwO1M7OSb64ehQsDz4uHOXfa3QkKQyGA4nC6DmlMEBww3cHm8vniJ_unHI--------zwtsSVGkzwtsLXYzniJ_EpD3YpCj",
    lru_add: "068l-oMM--------0D4526yCyOTjAAn-5jXba1oPscqVAfiH----------------WeCd",
    madvise_dontneed_single_vma: "syi3ic42jdMRXJZH3WvzcNsq--------ssuu",
    madvise_free_pte_range:
      "5qGoUlKQr5xiv-GfJ7De51KVOTDfUx4waPP0RWSdG0NjvgkP6aftywulnV4I6GcV7F_m7wbtfgWMlLydfgWMlLydnV4IaBmQk_q1W7DYcOY-",
    make_device_exclusive_range:
      "OjlcsoZn--------dLGd_xI9aPP00JI6d7_ZJuDyd7_ZJuDykNxE9XAZjWgJLmMcjWgJLmMc8W8CavdobjT3s3C6HpWi0dQ6G0NjJVHZ----------------------------------------nV4Il3xCawEFr7LB--------aLBj",
    mapping_evict_folio: "UVVD28tHOTDfm0U_XVaV9OLJUfTgZVu3cAS05mNFZluqTLcS2VBz",
    memory_failure:
      "A33YOre2e_gFA46fWNqfPHpKusxfxCJ-kyyGbxO5q-4vR7RIr03ZUg0Ir03ZUg0Iq-4vU9eoCJgPRzEPh1GbJFgInV4I0xNbh1GbJFgIqjnp HkBZIB8OWNqfxNOOusxfxCJ-kyyGbxO5q-4vR7RIr03ZRCRaq-4vRB0oRT5nNO7lYydrc-4bnV4I8LppnV4IMcnf63Qz Y4QF2AxvWNqfxNOOusxfxCJ-kyyGbxO5ELUGKAxMq-4vg2ykr03ZBtLhr03ZBtLhq-4vRnjSRT5na3mZYydr2knknV4IA026nV4IMcnf63Qz xtyBKbohe_gFA46fWNqfPHpKusxfxCJ-kyyGbxO5q-4vR7RIr03ZUg0Ir03ZUg0Iq-4vU9eoCJgPRzEPh1GbJFgI--------nV4I0xNbh1GbJFgIqjnp",
    migrate_folio_move:
      "QnSyFNON--------WZz13YSEHhWWXCCvHhWWXCCvXcIjnsy7cuVmzNdFRN4VrKFnknVhEzBsxJBDlCKSuP1SqMFx7kXoP8IXxJBDegv8RN4VIUGWgWBtdKdr--------m4Q9",
    migrate_folio_unmap:
      "BBH_A1A9--------5K2zb0GBqzffecyFyjf4Rm00CpyI91NCnkW11OuW6ylvf-aRnkW1Di_tNCbzYdCoWZz1QgUfs6g0oKZ8aykJgm4X2G94E3xDZVmxe_nv25vnUZx-9wyz2iLlRN4VZM-uknVhEzBsxJBDlCKSHbbTz5WZ6LbFkjWBzhLguJimzhLguJim--------avGl",
    migrate_vma_collect_pmd: "lt3urE5ZerMt5AXSaE1QYKYpELpeSLX3XqAuMtn0nzIQDPjtvWQnhgnQG3SeZnIJ3C96Uat04QJUczx4ypdL",
    mmap_write_downgrade: "VzXWk7mQsQ-IBloznDRak6M6yu34",
    mmap_write_lock: "qxGSQvF36onYdtIE1Yy5lLB41Yy5lLB41Yy5lLB4dwe2",
    mmap_write_unlock: "pNWZtAx8sQ-IBloz308XKfWAAzI0",
    move_normal_pmd:
      "6VqKv06_qFS0JHPWWIc7Esx5P6xmgweyEqJ9OypA2Rps6KuFUvRyXc_QvQMQewPm--VxitajXWyv1t4IPQBoN9UeNz1O67kXLEW2",
    move_present_pte:
      "ecMdPqqJ----------------------------------------------------------------tXeM8HwCtXeM8HwCHMxGwnG8lVSoIFaLL3mppAyYwwFeVs3fwwFeVs3flVSoqpMcDM0g2snqXgTt2bVNGai2j2DRGai2j2DR--------------------------------6lg2",
    move_ptes:
      "AbCB0AoMqFS0BAMpaU0uE43UP6xmozSjrZjb2ICkzKHxr_Gftytr3MzvWmDfr4qMXWyvmo_LTXpG6EJ2Nz1OnzTC-k6O JhKOwc3FaU0u05-GP6xmozSjrZjb2ICkzKHxr_Gftytr3MzvWmDfr4qMXWyvmo_LTXpG6EJ2PzCP",
    move_swap_pte:
      "ww4sZLkD--------------------------------Mo-FcgYStXeMaQistXeMaQisHMxGwnG8r5Di09jWNQmLwlIvs3EC2cPINzYH0_-OYvyjjL0ZYvyjjL0Z----------------RQHq",
    mprotect_fixup: "Je9FDLlx2xe2KUkyMlgAc0GmKsR3sA7CpW5e",
    next_uptodate_folio: "GixIWE3kScUW4IH_NBZLfSBzGtDSIFNmne9711LwaPP0OcgQp-WHDOoDYcH1so5onV4IWobLG3Sek4mH--------KObx",
    page_vma_mkclean_one: "LRRK-EuP90FU4sTx90FU4sTxfsVjE4eVaSzegbTiaSzegbTiOJDuTem190FU4sTxG-zn",
    pmd_install: "3QWYCBrClpXLcUhqEjqlorLQSfmYSPaKj93CcNk9rFC2QV7eDmZS",
    remove_device_exclusive_entry:
      "OLX7DdaJ--------GtDSEGGqzQbxMaGdYAEbxj15MD1pfShmh6HJRYyez9-u8jy_nV4I8yPvG3SeAanyGCoB",
    remove_migration_pte:
      "YaVqn1Fmd7_ZP6l2d7_ZP6l2ELpecrby-4mr4iir-4mr4iir8SaM3_Ncd7_ZP6l204zK m7w32aDnd7_Zk_pNd7_Zk_pNELpef0Kkta95Zg-p8SaMOm80d7_Zk_pNzJ9f",
    restore_exclusive_pte: "i1n-ZluGXR7WTmslReuYVMsY_tat",
    retract_page_tables:
      "yVEwGAhAHKpvKfckNreVanttLlL4QGnBlpXLUsjYB-YA_bbnEG7uLbhY_t9ni-nnTiveobBjTiveobBjrFC2aRS6oqDwcAwe8ptdQ4CurFC2aRS6oqDwcAweZAmnOczpewFc",
    shrink_folio_list:
      "qfBJCOSE--------aPP0BNPsq-4vbxZmB1nJeVaTq-4vBNm2bAIOC74dUfTgEYbjcAS05mNFnV4Iim7emw910LhNnV4I2rPk--------QcA6",
    truncate_cleanup_folio: "25HIn2bzq-4vEo-5nCJXMel6XddaqHcMZOdg EZfKAfRxq-4vEo-5nCJXMel6vI-Z",
    truncate_inode_folio: "9Iw9fzrff-kEsn6f9Sb3pj-Kh5ds",
    truncate_inode_pages_range:
      "P12bhKiJ4fne7qIvAPtic5VDnV4IWRIaG3SeAanyK3W0 wNoP030EYRTPlrUOnKQLl8ZUcamkT83uLw3SFbsywKDwPivQ4fneTkYHAPtic5VDnV4IWRIaG3SeAanyK3W0",
    truncate_inode_partial_folio:
      "CZ23rHP0SNWb-6xGNx2C be4YIO_aeaJ-OGaXeaJ-OGaXeaJ-OGaXG7bH boFn6yYpELUGflY0SNWbONKr1wfi",
    truncate_pagecache_range: "dsowxzrioccdiXkD1r4iC_Qo0DKB",
    truncate_setsize: "UimF6wiA0CylSosz1hznSuSfTroNlWhH1hzn9xFHsEky vNkVWMxw0CylSosz1hznSuSfTroNlWhH1hzn9xFHsEky",
    try_to_migrate_one: "CcZgjr2Od7_ZGlX3d7_ZGlX3d7_ZGlX3d7_ZGlX3VkqS5i59bjT3JfiXG3SeeSipd7_ZGlX3BICG",
    try_to_unmap_one:
      "-KCN3gs_d7_ZJckAd7_ZJckAVoj7ZoUW5TFzNOlpkXOcbIw3XVaVl1HzG0NjNIKywH-_NGRfJRNqWNd9OTDfquDJbjT38FayG3SeRf7KRUEFlSlks5HalGf3d7_ZJckAqB83 FnA-16Ovd7_ZMMgyd7_ZMMgyd7_ZMMgyVkqScN43jWgJ_vJxLxybTJ2D5TFzQx88bjT3mB7dG3SeFgjad7_ZMMgyi2BE GVQP0_NPd7_ZMMgyd7_ZMMgyd7_ZMMgyVkqSkZncbjT3nLpfG3SeZ7Odd7_ZMMgy6k4a K90FKL1Md7_Zcx6wd7_Zcx6wd7_Zcx6wd7_Zcx6wVkqSDMxtjWgJrCc3LxybTJ2D5TFzQx88bjT3gZhgG3Ser4Yid7_Zcx6wtNXc PIUNMskSd7_Zcx6wd7_Zcx6wd7_Zcx6wd7_Zcx6wVkqSL2vLqLRgAbLyLxybSkyb5TFzQx88bjT3gZhgG3Ser4Yid7_Zcx6wtNXc awMl8WB3d7_Zcx6wd7_Zcx6wd7_Zcx6wd7_Zcx6wVkqSL2vLbjT3pnE5G3SeMxnkd7_Zcx6wDJxa kXGVKJX6d7_Z7dhKyP3QQ4rOVoj7CN92kXOcHPMM8-WKgZvf23w_ZNZQGs5ysg7a8W8C3aP2bjT3K-vjG3SeL8koRUEFQMi4s5Hahs5qhHWo o5dC9lW0d7_ZnvTRd7_ZnvTRVkqS0MoUDt1OFhOARUEFnhaIbjT3Pi6QG3SeF01Xd7_ZnvTRM6DG",
    unmap_mapping_folio: "Kzp8U5g-D_N1uUwU9UJJ",
    unmap_mapping_range: "4nxltAWBD_N1q1oooBWS",
    unmap_mapping_range_tree: "bZ6-YkQrjdMRMu5l3WvzgC6q8vET",
    unpoison_memory:
      "1rQLPI19e_gFHctmBE01faQxXVaVnJK9q-4vXz46bAIOdCL1VZJ2QcMRG3Se_S-J-54I4rl1G3SeaAN07TMKobweh1GblaCie2jU",
    vma_end_read: "xenY0hhHO1M7OSb61Rbt0F4_niJ_tcQFR2-x",
    vma_end_write_all: "BaEyDiyuxd_Sko6oxd_Sko6oxd_Sko6oKOzM",
    vma_mark_detached: "Sgz13zx_v-8bBUV9Ig_X",
    vma_start_read: "a4PWW--W1yv87_wNTvbmIkWO1nxy0ug6w6L2mn2Iw6L2mn2I1RbtqkiVAKz_",
    vma_start_write: "olhiXNaoAHk0BVGqAHk0BVGqoVvXGr8SKTILeIzuo2xsYvyHap2A",
    wp_page_copy:
      "RF09xZvHsSZYki8IM1jAJgioM1jAJgioFqbu1lg_XSUZlTNQMD1phe5CXEVnm-cyXEVnm-cyNXg8v5YNNXg8v5YNNXg8v5YN6mKgS0JF2u87QVAmz9-uC0Iw9FFDDKklz9-uU6nh9FFDDKkl5T6crl4L5T6ch3HgoXM4",
    wp_page_shared:
      "0jBu3Wo1ELpePPbIZlyUKPvWz9-uZGDzkyyGeSte5TFzA8ZEnV4IpMA2G3SeD3iTMXta zOwDU1_YELpePPbIz9-uCyrRoaTHneZVPRBozPEFMD1pQ4fLZlyUTLJxz9-uZGDz5TFz2A5VnV4IpMA2z9-utW3LnV4IY-BI1IO-jtUrnyDT",
    write_protect_page:
      "rdi5IWEGd7_ZvH6hyP3QX0p50RdDoq9_0RdDoq9_G0NjBu6gXVaVA07EkXOctmDg8-WKodLD23w_ZNZQGs5ysg7ats2L7IEdzHp66wmws5HaoLZ1A5Ak",
    writeback_iter: "EmAIMBXUz4sTq70YkyyGEOEFp-WHFwfuOTDfH-wzrnYJgJ_9--------------------------------nV4IBuWIb83w",
    zap_present_folio_ptes: "a4yO4k3G----------------homZc3zVhomZc3zVKPxvFEEg------------------------qtcG",
    zap_pte_range:
      "CGtjZ0aXEjqlk4MJr5xijwmGJ7DeQ3BSA-B6X9p8QqAXjCJUKPxvW8V5k_q1JJHs8BNB ZrzxLYYhEjqlk4MJr5xijwmGJ7De-ZQ7A-B6X9p8QqAXjCJU5TFzyAE5KPxvVrzjArk37-x4sOvLdFE_k_q17H3c8BNB",
  },
  "v7.1.5": {
    __do_fault: "Qx__H1sJaOBWdd4G8E3VgsqpvUEDR-LjnCJXj0T7g6wjuIPmnV4I28Z9G3SeTPUHCGpf WVhr0ml3aOBWdd4GRN1U",
    __do_huge_pmd_anonymous_page: "Dw3CtxaO--------A2CcjrsqXHtUIF_g5W6N1BSLLq8CX8JPWZLT",
    __filemap_get_folio: "tar6rfcwLbFmxdXckyyGeOlyp-WHD1F8nV4I6JF6G3SeAany_oMp",
    __filemap_remove_folio: "B28cRBugUItGmbZ-lD8XbfZbFuIY8Y2945Dx",
    __get_user_pages_locked:
      "iE7GLQ_---------IatelLUJcA68W4EHZHnx9Nb8YQlshexy6YVHuUiu--------6YVHuUiu--------6YVHlRga--------rhxD",
    __munlock_folio:
      "93O30O5Qo1D17pIzymtEoWHI7KPmKVtuhucrOT9QyOTjIG7eF53sJ40Plh1qR_yHscqVvrlIFmIsMSbx------------------------JXW9 vHmHBORWo1D17pIzymtEoWHI7KPmKVtuhucrOT9QyOTjIG7eF53sJ40Plh1qR_yHscqVvrlIFmIsMSbx--------JXW9",
    __pmd_alloc: "Dmpv6Zt3--------dD2SZ_6Ki4xaw0KF----------------SfmYmpiT4E2clRvErFC2XfdVl2R8",
    __remove_mapping: "Ksz8UHXS----------------UfTgU_9COTDfvofnibbrj_cicAS0R4IZ--------------------------------6yut",
    __split_vma: "R7FMvO8dZr4gKAhv539hxEszvBd1zF-2lK7d8tXkAVGL",
    __unmap_hugepage_range:
      "Hqeke0w97u1d_KBt1Xu7U-_0xQ0qqbxgylSWPTE_wOmC-_1wrFC2t0xuwjFULwwQGH-2doDO1dqkoVSF1dRHhI0m--------0F-G flutWZjT--------7u1dlaLc1Xu7y-sjxQ0qcJMEylSWJmbFwOmCpXWWrFC2gYtJ8TkP7gq9--------GH-28lUC1dqkQm6krFC2IYzC------------------------G9LD oieoevyb--------7u1dlaLc1Xu7y-sjxQ0qcJMEylSWJmbFwOmCpXWWrFC2gYtJ8TkPVrNe8TkPVrNe--------GH-28lUC1dqkQm6krFC2IYzC--------------------------------8-r8",
    __vma_start_exclude_readers:
      "WOS3nb45-6RS10LKQbe7k9PLQbe7k9PLQbe7k9PLc_qaIsEcQbe7k9PLQbe7k9PLQbe7k9PLQbe7k9PLQbe7k9PLcQng",
    __wp_can_reuse_large_anon_folio:
      "KABdLq8SLxWyzAfiD3OMcOr5LxWyOg5NXVaVn3oxYx6JDVJ7D3OM2Ux_LxWy5t-NXVaV9KLc03nMy1zSoC3yXYsbpLhR",
    anon_vma_clone: "7BMDvJJyQ3Z3NHrlpSh-3jn5Hx_9tseCR72J",
    change_pmd_range: "FyX4-OKJEjqldpNHB_LvWH3t4uo1GztYz-14o9xpz-14o9xpyZ01Ow_qX13J",
    change_protection:
      "2bBfOFjxB_LvoT4PhJgno274M30LGs17ss2ELZyYG2oH1svakrEzm59ZyZ01z3OsZ7ZI lHf_UqxiB_LvoT4PhJgno274M30L97dWss2ELZyYkrEzNMrPyZ01mjPBZ7ZI",
    collapse_file:
      "9uegLNrS9nDLER2uvEt53S8-w4049jfvn9HG6ROCbAIOeQjJOTDfJ6wAOWdTMongegkt93XWegkt93XWq-4vxuzpBfacdCeqBfacdCeqRfHgEJ00XVaVjjUDii7KYzAq3KrOEr1CFuIYQKANnV4IlCLI52rQgsbnmKS1v98AnV4I6lU2G3Se2s5wjkKhx73U3KrOVA8b9FFDdzQW7FJY o_smyVzF9nDLER2uvEt53S8-w4049jfvQrcVgAy2aPP0iF1NELpe-cAMbAIOdQF8egktmBY8egktmBY8q-4vxuzpBfacOTuqRfHgFWJYXVaVjjUDii7KoEnR3KrOEr1CFuIYQKANnV4IlCLI52rQgsbnmKS1v98AnV4IAER4G3Se2s5wjkKhmthB3KrOVA8b9FFDdzQW7FJY",
    collapse_huge_page:
      "At3Igb7g--------Phq5GBy3T8cVVTuKCrRC-Pon2xe2T8WQ7AQ3esTOlpXLYv9EkojHwyQckojHwyQckojHwyQciBNup7xoTIdBIYlJMUUviPrOaPP0pjbFlYH_q6oMANWW-MlzQyM0CVJko0KEO7zP4WsAkcZagS2NL-_cpIDsXb29rFC2h-gqzNMOQO5orMkGLVW9Vn1YxFIqjhHJRUU2jhHJRUU2iBNuLKNhLT0ENKHeANWW-MlzrMkG87ONVSaXiRREiBNum5XAJ0BVI1qkG3SeTtKeKoRS YLMI4xhj--------Phq5GBy3T8cVVTuKCrRC-Pon2xe2T8WQ7AQ3esTOlpXLYv9EkojHj_axkojHj_axiBNu95h8TIdBIYlJMUUviPrOaPP0pjbFlYH_q6oMANWW-MlzQyM0CVJko0KEO7zP4WsAkcZagS2NL-_cpIDsXb29rFC2h-gqzNMOQO5orMkGLVW9Vn1YxFIqjhHJRUU2jhHJRUU2iBNuLKNhLT0ENKHeANWW-MlzrMkG87ONVSaXiRREiBNum5XAJ0BVI1qkG3SeTtKeKoRS frFgYpP_--------Phq5GBy3T8cVVTuKCrRC-Pon2xe2T8WQ7AQ3esTOlpXLYv9EkojHwyQckojHwyQckojHwyQciBNup7xoAevKt8YmAevKt8YmTIdBZZjiMUUviPrOaPP0pjbFlYH_q6oMANWW-MlzQyM0CVJko0KEO7zP4WsAkcZagS2NL-_cpIDsXb29rFC2h-gqzNMOQO5orMkGLVW9Vn1YxFIqjhHJRUU2jhHJRUU2iBNuLKNhLT0ENKHeANWW-MlzrMkG87ONVSaXiRREiBNum5XAJ0BVI1qkG3SeTtKeKoRS q0kIYn38--------Phq5GBy3T8cVVTuKCrRC-Pon2xe2T8WQ7AQ3esTOlpXLYv9EkojHj_axkojHj_axiBNu95h8AevKt8YmAevKt8YmTIdBZZjiMUUviPrOaPP0pjbFlYH_q6oMANWW-MlzQyM0CVJko0KEO7zP4WsAkcZagS2NL-_cpIDsXb29rFC2h-gqzNMOQO5orMkGLVW9Vn1YxFIqjhHJRUU2jhHJRUU2iBNuLKNhLT0ENKHeANWW-MlzrMkG87ONVSaXiRREiBNum5XAJ0BVI1qkG3SeTtKeKoRS",
    delete_from_page_cache_batch: "jNCPDQJUUItGp4K7FuIY9wpuJIsE0tHHusEA0wNWnCSl",
    do_anonymous_page:
      "NRuX8T40Vy5hBH3CVy5hBH3ChSAiH-caa4g2Oon52qX6p_AQhTZc5AhIhTZc5AhIhTZc5AhICRaRPcqsWJAouI2Kz9-uZnOVG3SevkFmz9-uZnOV92Zw",
    do_cow_fault: "DfI1UNZtQ1EH2xLsy_t1PEPta4g2DEU02qX6ZoKkhTZcjlrHhUQVfUxOz9-uG7MdJWm8pHojJu13gYbDG3SeQMvtaOgM",
    do_page_mkwrite: "TeBnErDnkyyGr5Yzp-WHFwfu5TFz166EnV4I6JF6gToTQwPVYRuY",
    do_read_fault: "2IyYeG-Yy_t1Cv0I81T8hLvmnV4IFDx1G3SeMUx2DyTi",
    do_shared_fault:
      "CIPK9rM1y_t160V5nV4ItfAkoaTH8HST81T8TqKe5TFz7deLnV4IpMA2nV4IHWPTawEF9a-GQNkc KP4izpRvy_t160V581T8Ua0i5TFz7deLnV4IpMA2nV4IHWPTG3SeiL8UGR1_",
    do_vmi_align_munmap: "q2ptw8dhkZcoMz9AFccl1fWHBKiJajCORtGsUgJ7XVRP",
    do_wp_page:
      "2Ay7g44l----------------Rd21YYQeKV1KrfUmsjOEFKdYHUWHzAefZlyU5E_uz9-uAr72z9-u_YoS--------yyxY Z2Sqvs9AS-DHfO69KV1KHy2mXVaVrupsXVaVfV1qygFVdcwXaPP0V6AtygFVG_m1S9rJ4hIJS9rJ4hIJXVaVadNOnV4IYydmKV1K7x39HUWHXzw4ZlyUKH24z9-uAr72nV4IZkSVELpeXI2Mz9-uMY4LkjgV9vbAOEnz h2fkgPKdS-DHfO69KV1KHy2mXVaVrupsXVaVfV1qygFVdcwXaPP0V6AtygFVG_m1S9rJ4hIJS9rJ4hIJXVaVadNOnV4IYydmKV1K7x39HUWHXzw4z9-uAXFznV4IZkSVELpeXI2Mz9-uMY4LkjgV9vbAOvHF",
    dup_mmap:
      "CJoOF9mF--------XDfyI_ZcXDfyI_Zc4Bs2DhMz6vG_jceGyoIyJM_D------------------------ELpeHz3AojpWjl-U8-WK4SkRuzQ5FQar9ILhS9Nx23w_d1ONseujOWzvG3SeVlIAS4Vis0qZMR67-8I-rwlDNYuA--------cIhJCtpgcIhJCtpgFqbuj2kk9yvv3Znc9yvv3Znc9yvv3ZncOicEaeDMmGf0f_NJeT2RbkspkOUeZY0lMR67-8I-u4Yquwn1rwlDNYuAHdcYeOh6HdcYeOh6------------------------dyt0 u5N2JH5e--------XDfyI_ZcXDfyI_Zc4Bs2DhMz6vG_jceGyoIyJM_DELpeHz3AojpWjl-U8-WK4SkRuzQ5FQar9ILhS9Nx23w_d1ONseujOWzvG3SeVlIAS4Vis0qZMR67-8I-rwlDNYuA--------cIhJCtpgcIhJCtpgFqbuj2kk9yvv3Znc9yvv3Znc9yvv3ZncOicEaeDMmGf0f_NJeT2RbkspkOUeZY0lMR67-8I-u4Yquwn1rwlDNYuAHdcYeOh6HdcYeOh6------------------------dyt0",
    expand_downwards: "rWUHBWIx2xe2bFT9C6DmJNMYJ5IFLxbPd2gU4XUAn2nYP94RR6q6rcvs5eVZ",
    filemap_fault: "_R3h7GOgQsx3sLDrAz4oH_uDH3S9CIfbp-WHa5QcQsx3n612nV4Iwo7JG3SeyUF7nV4IjtwtG3Sejc5jyEQN",
    filemap_get_entry: "e5VE2zmxQrcVqwxVGtDSkxgwcy4qOEaFG3See5YEPnBZ",
    filemap_map_pages:
      "J1GowrdDO1M7mNhSB4qGa4JAa4g2m9ABQxCEbIeo_cjmFHCtSmsdk27NhUQVsub2sPu6W43snV4ICzGHz9-usaTjniJ_SZlf4FKR ZxlOw0wsYcH157LhO1M7qK9JB4qGa4JAa4g2qH1Ri1kGwV0DrL1qnaubrL1qnaubrL1qnaubrL1qnaubh5PuPkYonV4ITCrZz9-usaTjniJ_SMMm4FKR",
    filemap_remove_folio: "gVJcdh86UItGSwqZlD8XbfZbFuIY8Y29usEASY87qBuY",
    find_get_entry: "2ynNWVu3wHhT2ywaGtDSRBifne9711LwG3Se42aQJ8Ge",
    find_lock_entries:
      "-7CW4oDfRlR9cv39aPP0glRhp-WHDOoDOWdTrhfznV4I53RaG3SeEO7PQwcJ -SlfaWMYRlR9ut-naPP0glRhp-WHDOoDnV4IP0grG3SeEO7P6rXY",
    finish_fault: "z6jWXiN0a4g2djTT2qX6ZoKkSmsd8HP7hUQVLVoHz9-uG7MdhFP_",
    flush_tlb_batched_pending: "neEIzaGfvu-EUOIKW8xXEHz9R61OmtTnF7pr",
    flush_tlb_mm_range:
      "rshTIgjN5etRi6Z7--------FCGwS8u-9Kz5O7PG9Kz5O7PG9Kz5O7PG9Kz5O7PG9Kz5O7PG9Kz5O7PG9Kz5O7PG--------Ir1J u5SOslnK--------5etRncbPFCGwSh-Y9Kz5O7PG9Kz5O7PG9Kz5O7PG9Kz5O7PG9Kz5O7PG9Kz5O7PG9Kz5O7PG--------Kp1G",
    folio_add_return_large_mapcount:
      "NAY0SnMtYx6JV7jU83iyjmzbtKJ5rbRqBZ2ClMhqoTrugNX4ujdYDWPzEBtIsVdYBZ2CefXGA9ujRfZm-O-3P0-vujdYykuATEcwAKOM_JlSabYodkekQT9RoC3ybXrgb2cg",
    folio_clear_dirty_for_io:
      "PxInefuIq-4vFAm26GbCvmO55TFzUdZtgGP7NwOSyx0h zUHyUVCRq-4vFAm26GbCb7ab6GbCb7ab5TFzOWDjgGP77VJ9yx0h",
    folio_free_swap: "Snqg0PdTwcoN9lv3t5Mc7rnNy0XQSb-vy0XQSb-vy0XQSb-vy0XQSb-vy0XQSb-v9kKoL_7OvEoy",
    folio_put_wait_locked:
      "MRfqciMb------------------------vyS9-VLwPQXHSU5R9s2TFNj20FjY5ePTUe-pToW-G3SeI3f6f7FakQbO--------nr10",
    folio_sub_return_large_mapcount:
      "qkeI9YNNYx6JV7jU83iyjmzbtKJ5rbRqBZ2ClMhqydDkuSJLaxDtUMpxujdYDWPzWfBoPPlPFnuWUqt_dYFxg7_-SoGZw8IT4k4EIrN7oC3yUIDWb2cg",
    folio_unlock: "5cRtYYF4JvIlrJq6VcBSbNE980Kx97Pgc2xsNECib6Q_Cdl6VSXzRGU0R6oWdoJf-4B_3My2PGEu",
    folio_wait_bit_common: "Wd_UhvBg--------vyS9-VLwPQXHSU5R9s2TFNj20FjY5ePTUe-p4PqIf7FaX6l5--------Ue-p4PqInr10",
    free_pgtables:
      "Ai52sNzrb6YUiSbwb6YUiSbwb6YUiSbwfnfbjd456jvreTKj6jvreTKjylSWTfsJFYmncsF_icsO uz1Wm1uUb6YUIprCb6YUIprCb6YUIprCfnfbTGnV6jvreTKj6jvreTKjylSWTfsJFYmnS98uFYmnS98uFkLl",
    gup_fast:
      "P5a0pJ0VjFXuMUrk1xmMJYnD7SoVJXtPOOatxsV-IXR7Uo1DFZylggnIjiCijWE42ObO qZ73GxHfjFXuMUrkEgWg8cnnpbuaI8VNvpUs4fMPuCk0mPjPSU0HmoprV2U0VxVZjiCiDuOy2ObO",
    gup_fast_fallback:
      "PfSbIHBax0aCdSWOvNm8N-7apbuawNw_x4wucYvfhNZxxh_HGs5yLjwlSU0HVkZ1wH-_wvq79ILhpJQbvx4S9p3JlwImFiA6lwImFiA6EmPs4S87F-Y0IoWBM2vK",
    handle_pte_fault:
      "gFutsUMfJfooM_0Q-9WEfSUasgf8TWIMy8ADuvbio2qdiCz5fYAWhgvNz9-ujUeoAbtC i4SoE37mJfooM_0Q-9WEfSUay8ADuvbio2qdiCz5fYAWhgvNz9-ujUeoMNTh q3eyVzO2JfooM_0Qy8ADuvbio2qdiCz5fYAWWmVxz9-ujQ0otDdn t65PrvKbJfooM_0Qy8ADuvbio2qdiCz5fYAWhgvNz9-ujUeoAEAu",
    huge_pte_alloc:
      "KaQLnMqOXO4odV8bXO4odV8b9u7tzXTQHKpvgfRmMmA4Ni0fNgbjNJx2NgbjNJx2LNW7lzxDfOMSVygEXzrYt8Ml9u7tEgRJQ0AL88uziANw6l1glbYQvFnWY5zFXLezZAmnsAJuY5zF8QvwIgcC oWQdu2l6XO4oM5L_9u7tmw65HKpvgfRmMmA4-BV8NgbjO3WNLNW7R3elfOMSVygEXzrYt8Ml9u7tEgRJQ0AL88uziANw6l1glbYQvFnWY5zFXLezZAmnsAJuY5zFGdmCIgcC",
    hugetlb_fault:
      "cZtKgCbs4iS4USnuSkrFPFpc18ZItvAyuGvFF-sn15vE7coD15vE7coD15vE7coD15vE7coD15vE7coD15vE7coD15vE7coDG77MkAQoYHHCMIMiBOut",
    hugetlb_free_pgd_range: "V82QJMpSfnfbioi-ylSWABNZ--------FYmncsF_PpF5",
    hugetlb_unshare_pmds: "0uNvU7aO7u1dmhG51Xu7y-sjxQ0qqbxgylSWPTE_wOmCpXWWrFC2VPIfLjGZ",
    hugetlb_vmdelete_list: "cyUrVyrh--------BB5vvfHIchmUGC94GB-__7Yp--------z6FY",
    invalidate_inode_pages2_range:
      "6CkpEkcs84TTgp4Zq-4vkQSfiL--qmnOkyyGbMpLp-WHFwfuq-4voAPCnCJXB_OcBY3Wnzq4tUPONz_zusEARKniLT0E3_YGwKDw89CueICq S5mRWr8R84TTgp4Zq-4vkQSfiL--qmnOkyyGbMpLp-WHFwfuELUGrHuVq-4v4PNSnCJXB_OcBY3Wnzq4OTDfu5YRtUPOP51GusEARKniLT0ENPeqwKDw89CueICq",
    lock_vma_under_rcu: "X0JuB9P0O1M7E8ND4ehQOal3seK04vS5niJ_yCW2C6DmTu8Qww3cHm8vzwtsIc-4niJ_iuCDsKgl",
    lru_add: "068l-oMM--------0D4526yCyOTjAAn-5jXba1oPscqVAfiH----------------WeCd",
    madvise_dontneed_single_vma: "9LSasIQ8jdMRDxS13WvzB3Nc--------Te0R",
    madvise_free_pte_range:
      "p_F6-DXOr5xiv-GfJ7DedAwpOTDfBKW2aPP0ad9fG0NjvgkP6aftywulnV4I6GcV7F_m7wbtfgWMlLydfgWMlLydnV4IaBmQk_q1CCRNZVzq",
    make_device_exclusive:
      "e8B7kNBv--------OhZ7q4w7nG1azdjt96x97o6LaooLF2cpGWc925gRGWc925gRz92RZaJMj3nQY5Vn----------------------------------------j3nQeMZJnV4IaMd9G3SeZRM5--------Nivl",
    mapping_evict_folio: "lZAQTIBmOTDfm0U_XVaV9OLJUfTgJgawcAS05mNFZluqR9US1NME",
    memory_failure:
      "A33YOre2e_gFA46fWNqfPHpKusxfLZsjkyyGb6RNq-4vR7RIr03ZUg0Ir03ZUg0Iq-4vU9eoCJgPRzEPh1Gb3VEInV4I0xNbh1Gb3VEIqjnp HkBZIB8OWNqfxNOOusxfLZsjkyyGb6RNq-4vR7RIr03ZRCRaq-4vRB0oRT5nNO7lYydrJsHKnV4IBXx9nV4IMcnfwcDT Y4QF2AxvWNqfxNOOusxfLZsjkyyGb6RNELUGKAxMq-4vg2ykr03ZBtLhr03ZBtLhq-4vRnjSRT5na3mZYydrAoBInV4IhqoUnV4IMcnfwcDT xtyBKbohe_gFA46fWNqfPHpKusxfLZsjkyyGb6RNq-4vR7RIr03ZUg0Ir03ZUg0Iq-4vU9eoCJgPRzEPh1Gb3VEI--------nV4I0xNbh1Gb3VEIqjnp",
    migrate_folio_move:
      "raM9gDAM--------WZz1RcR9HhWWXCCvHhWWXCCvXcIjnsy7cuVmMp7kRN4VVlAmknVhswwRxJBDlCKSuP1SHJbt7kXok-I2xJBDyl4eRN4VjGEggWBtXeX2--------T1z7",
    migrate_folio_unmap:
      "Riu1BJJ3--------5K2zq9ehqzffecyFyjf4Rm00CpyImM25nkW11OuW6ylvf-aRnkW1Di_tNCbzzccYWZz1QgUfs6g0rUNnaykJgm4X2G94E3xDZVmxcWqk25vnpv6n9wyzJL1rRN4V1wW7knVhswwRxJBDlCKSHbbTz5WZ6LbFpERRzhLguJimzhLguJim--------XMzA",
    migrate_vma_collect_pmd:
      "6hSuYal4MDLIssiBaE1Q8a48ELpehWVnXqAuP5k-nzIQ7YcyvWQnhgnQG3SeZnIJ--------6YVH3TAsjAmOVHYB3C96pMuFMDLIssiB--------3C96Ho2m4QJUjK-1MqYY LOL6YsbDMDLIssiBaE1Q8a48ELpehWVnXqAuP5k-nzIQ7YcyvWQnhgnQG3SeZnIJ----------------6YVH3TAsjAmOVHYB3C96pMuFMDLIssiB--------3C96Ho2m4QJUjK-1MqYY NHE1oLvWMDLIZlufaE1Qr_G5ELpehWVnXqAuP5k-nzIQ7YcyvWQnhgnQG3SeZnIJ3C96G2VT4QJUPvIX4WLb",
    mmap_write_downgrade: "VzXWk7mQsQ-IBloznDRak6M6yu34",
    mmap_write_lock: "qxGSQvF36onYdtIE1Yy5lLB41Yy5lLB41Yy5lLB4dwe2",
    mmap_write_unlock: "pNWZtAx8sQ-IBloz308XKfWAAzI0",
    mmdrop: "JBiIrxQALrqCwSVGhE7-bZRmwIOx",
    move_normal_pmd:
      "bE_tDIMhTTi6JHPW6J8pGvA1P6xmgweyEqJ9OypA2Rps6KuFUvRyXc_QvQMQewPmUJx0itajXWyv1t4IPQBoN9UedDWtbdV8mM9x",
    move_present_ptes:
      "IYRGSrid----------------------------------------------------------------tXeM8HwCtXeM8HwCHMxGwnG8lVSoIiYML3mppAyYs3ECBIY6lVSok7EoDM0gPU-iXgTt2bVNOVuAZECGGai2sA8pGai2sA8p--------------------------------m7IK",
    move_ptes:
      "7mMec-ABaU0uI-bzP6xmVgI_9c5-XFfpA34PFuMNTU4rLmnXWmDfSYgYXWyv3ANo-XDT8B0nSuyO I5CgzTgSqFS01e08aU0uLRgPP6xmVgI_9c5-XFfpA34PFuMNTU4rLmnXWmDfSYgYXWyv3ANo-XDT8B0nNz1Oz4M61yuE",
    mprotect_fixup: "kYVSedhM2xe2m3JP8ePcc0GmKsR3sA7C-43N",
    next_uptodate_folio: "54vF7Zy9ScUW4IH_GtDS_CMeNBZL1LEsne975VjNaPP0OcgQp-WHDOoDYcH1so5onV4IWobLG3Se2qpA--------o30v",
    page_vma_mkclean_one: "LRRK-EuP90FUKMop90FUKMopfsVjb2U9aSzegbTiaSzegbTiOJDuTem190FUKMopG-zn",
    pmd_install: "3QWYCBrClpXLcUhqEjqlorLQSfmYSPaKj93CcNk9rFC2QV7eDmZS",
    remove_device_exclusive_entry:
      "OLX7DdaJ--------GtDSEGGqzQbxMaGdYAEbxj15MD1pfShmrqK8RYyez9-u8jy_nV4I8yPvG3SeAanyGCoB",
    remove_migration_pte:
      "ouwh3YM-d7_ZHCRkd7_ZHCRkELpexKMQta95H4iY8SaMO1Fpd7_ZHCRkzJ9f pfNy2cQnd7_ZtpGVd7_ZtpGVELpe2GOR-4mrx1hU-4mrx1hU8SaM-_B2d7_ZtpGV04zK",
    restore_exclusive_pte: "vakCq7aAU0JoM-PLReuYScVu_tat",
    retract_page_tables:
      "PCQydFRZHKpvKfckLlL4ATD7XBsyJaBClpXLfgrj30Z1OIALEG7uHcYqXBsyizl5TiveTsVOTiveTsVOrFC2cZI1oqDwSA9r8ptdauGcrFC2cZI1oqDwSA9rZAmnpxc5ewFc",
    shmem_free_swap: "qvTCONqoNStTrkEaQrcVncOlk9zCKRsgJIsEsw2rEHTgg7YxliQq3W25--------liQq3W25EHTgg7YxgqT7",
    shmem_split_large_entry: "aFqtVv0fNStTwcdBQrcVwFrbU1Z4wPvQSeHgb6FbEHTgH-y0YQwo",
    shrink_folio_list:
      "sIAIwoNF--------aPP0aACYq-4vbZ--B1nJeVaTq-4vBNm2bAIOC74dUfTgPa0BcAS05mNFnV4I0kAQmw91TonSnV4ITV6E--------QcA6",
    split_huge_pages_all: "H4KukBWq--------kUura2eRGtDSK-oa--------G3Se-Gc5G3Se-Gc5--------ivdr",
    switch_mm_irqs_off:
      "oUHWcwlw--------ipw5XxfBUbMpIpIMkXOcxQ5XVLdqd79GQAv2p0gzTssyZADTmGr31ZujkXOcHDUiehX_fb7o-StTxYtS--------yUHwBpoR----------------oNjQ",
    truncate_cleanup_folio: "qpYfbZCXq-4vEo-5nCJXMel6DpEo tlHEkfR4q-4vEo-5nCJXMel6XddaqHcMb1WC",
    truncate_inode_folio: "9Iw9fzrff-kEsn6f9Sb3pj-Kh5ds",
    truncate_inode_pages_range:
      "P12bhKiJ4fne7qIvAPtic5VDnV4IWRIaG3SeAanyK3W0 wNoP030EYRTPlrUOnKQLl8ZUcamkT83uLw3SFbsywKDwPivQ4fneTkYHAPtic5VDnV4IWRIaG3SeAanyK3W0",
    truncate_inode_partial_folio:
      "CitbC74gSNWbskhyOViV GVg4icyjFQcaLQhJFQcaLQhJFQcaLQhJzsLU Ua6QPO5-ELUGNZksSNWbJ47RbY1j",
    truncate_pagecache_range: "dsowxzrioccdiXkD1r4iC_Qo0DKB",
    truncate_setsize: "UimF6wiA0CylSosz1hznSuSfTroNlWhH1hzn9xFHsEky vNkVWMxw0CylSosz1hznSuSfTroNlWhH1hzn9xFHsEky",
    try_to_migrate_one: "vLs8eoq7d7_ZyuDud7_ZyuDud7_ZyuDud7_ZyuDuVkqSw3NVbjT3cYciG3SeYJIzd7_ZyuDuPJ2J",
    try_to_unmap_one:
      "7YlVW1pRd7_Zg-8fd7_Zg-8fd7_Zg-8fd7_Zg-8fcUToDFYWjX1KK97XlDYcjmt9d7_Zg-8fq4rO 9wofMMYnd7_ZJWz8--------yP3QhfTTcUToZ94scUToZ94s5TFzL4wbkXOc63v5XVaVl1HzG0NjNIKywH-_NGRfOTDfZJVcxptOs6JIjX1Kb07plDYcPYQfd7_ZJWz8--------------------------------g4Fp3qRNg4Fp3qRNs5HaMZAP----------------naH8 DlSdVbJ9d7_ZWzWcyP3QYmxLcUToyfXLkXOchxzK8-WKas1423w_ZNZQGs5ysg7a8W8CsRDJjX1KbZXHlDYc0i_dRUEFsuq8s5HarMUdhHWo PuEph62ed7_ZOUD5d7_ZOUD5cUToKEmPDt1O7tuDRUEFnhaIjX1KjTPWlDYcMIPod7_ZOUD5jLpk XCQEQVhBd7_Zg-8fd7_Zg-8fd7_Zg-8fd7_Zg-8fcUToDFYWkAeQOVb4Lxyb_d7j5TFzQx88jX1KPsiXlDYcGI1Zd7_Zg-8f6zYk acFxpnG2d7_Zq7zld7_Zq7zld7_Zq7zlcUTotnjLkAeQOVb4Lxyb_d7j5TFzQx88jX1KEgcolDYc1R2td7_Zq7zlecX1 lamlJRPid7_Zq7zld7_Zq7zld7_Zq7zlcUTotnjLjX1KLy73lDYc-gVEd7_Zq7zl8osa ow8iXI2Ad7_Zg-8fd7_Zg-8fd7_Zg-8fd7_Zg-8fcUToDFYWc1hsJOOgLxybkoJb5TFzQx88jX1KPsiXlDYcGI1Zd7_Zg-8f6zYk wU3oNnnad7_Zv2OAd7_Zv2OAcUTouUGd5TFzUlFOkXOcy4vEXVaVl1HzG0NjNIKywH-_NGRfOTDfOIkZxptObf4MjX1Kkm-jlDYc913lg4FpLWG7s5HalOoed7_Zv2OAqB83",
    unmap_mapping_folio: "Kzp8U5g-D_N1uUwU9UJJ",
    unmap_mapping_range: "4nxltAWBD_N1q1oooBWS",
    unmap_mapping_range_tree: "LiLGLnIGjdMRkB_93Wvz7y4pSFy9",
    unpoison_memory:
      "1rQLPI19e_gFHctmBE01faQxXVaVnJK9q-4vXz46bAIOdCL1VZJ2QcMRG3Se_S-J-54I4rl1G3SeaAN07TMKobweh1GblaCie2jU",
    vma_end_read: "JFeYexsNAgkKOmSFW660",
    vma_end_write_all: "BaEyDiyuxd_Sko6oxd_Sko6oxd_Sko6oKOzM",
    vma_mark_detached: "eFzNtroc9II0uHn6M9TgTcOgrs_Z0p90--------yKQV",
    vma_refcount_put: "HcCFM948--------9II0uHn6eV3sMc-ReV3sMc-ReV3sMc-ReV3sMc-R2CDp",
    vma_start_read:
      "WKD3aU-e1yv87_wNeBCZZKXG18yDRgYXv4wME_Z8RBPeNSZ2RBPeNSZ2N6uUQPBAniJ_brfvh9d50F9mAgkKZ_FjSv3sL9u_AgkK1rOFniJ__eoKes6L",
    vma_start_write: "zTXhZli7vzeRhFU6vzeRhFU6M9Tg7UdiKTIL44Okrs_ZsrsbatJP",
    wp_page_copy:
      "RF09xZvHsSZYki8IM1jAJgioM1jAJgioFqbu1lg_XSUZlTNQMD1phe5CXEVnm-cyXEVnm-cyNXg8v5YNNXg8v5YNNXg8v5YN6mKgS0JF2u87QVAmz9-uC0Iw9FFDDKklz9-uU6nh9FFDDKkl5T6crl4L5T6ch3HgoXM4",
    wp_page_shared:
      "0jBu3Wo1ELpePPbIZlyUKPvWz9-uZGDzkyyGeSte5TFzA8ZEnV4IpMA2G3SeD3iTMXta zOwDU1_YELpePPbIz9-uCyrRoaTHneZVPRBozPEFMD1pQ4fLZlyUTLJxz9-uZGDz5TFz2A5VnV4IpMA2z9-utW3LnV4IY-BI1IO-jtUrnyDT",
    write_protect_page:
      "orHCaIxUd7_ZvH6hyP3QpjHV0RdDx3No0RdDx3NoG0NjBu6gXVaVA07EkXOcVKQD8-WKnB-723w_ZNZQGs5ysg7ats2LxoUFzHp64QvBs5HaZQNSA5Ak",
    writeback_iter: "EmAIMBXUz4sTq70YkyyGEOEFp-WHFwfuOTDfH-wzrnYJgJ_9--------------------------------nV4IBuWIb83w",
    zap_huge_pmd: "IHwIdt6g--------whEqJ56DI9tsivAUySiRi3GL5QPIfyGNE-1iTsidC1lXVU9j1dRH9CPTzLgfPljX--------V8a2",
    zap_present_folio_ptes: "a4yO4k3G----------------homZc3zVhomZc3zVKPxvFEEg------------------------qtcG",
    zap_pte_range:
      "RYw82hPB----------------r5xix-vdr5xix-vdr5xix-vdr5xix-vdXBMnRyWOXBMnRyWOO_2J06uVWfJtRe2SoqDwx_ZPk_q1N6aJk_q1N6aJ--------lpXLGjQx02bKnuvS02bKnuvSEG7uGEmQWrAKI84Re9J5iXDPc4HAeoM7rFC2QP90oqDwtHYO----------------gFDcOQ_f--------k_q1u2Kuk_q1u2KuoqDwa8vc------------------------r5xix-vdr5xix-vd--------K3YA XeJWdYuBEjql_nbhr5xi5z2XJ7De8lddA-B6hIuuQqAXjCJU5TFzyAE5KPxvVrzjArk3P9y5sOvLdFE_k_q11AC5SuSy yUWg_5vdEjql_nbhr5xi5z2XJ7DeZkIXA-B6hIuuQqAXjCJUKPxvW8V5k_q1NTzESuSy",
    "zap_pte_range, whole table":
      "TVhLisraEjql21e0r5xi1YuSJ7De048bQqAX1Itc5TFzyAE5KPxvHhCVO_2JdAQSc4HAiVtooqDwNeDGArk3Un0HsOvLdFE_k_q1gSRB_taJgAP2fe9a",
  },
};
